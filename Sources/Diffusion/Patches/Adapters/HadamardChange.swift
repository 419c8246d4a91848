internal import Checkpoints
internal import Digests
internal import Samplers
internal import Tensors

/// LoHa: the elementwise product of two low-rank matrices, `W += strength · alpha / rank · (w1a · w1b) ∘ (w2a · w2b)`.
///
/// With cores `t1`, `t2` each half is a factored kernel, and the `a` matrices are stored transposed. Source: Hyeon-Woo et al.
/// 2021; LyCORIS.
struct HadamardChange: WeightChange {
    private let module: AdapterModule
    private let rows: Int
    private let count: Int
    private let rank: Int
    private let hasCores: Bool
    private let decomposition: WeightDecomposition?

    init?(_ module: AdapterModule) {
        guard let a1 = module.matrixShape(.hadamard1a), let b1 = module.matrixShape(.hadamard1b),
            let a2 = module.matrixShape(.hadamard2a), let b2 = module.matrixShape(.hadamard2b)
        else { return nil }
        hasCores = module.has(.hadamardCore1)
        if hasCores {
            guard let t1 = module.shape(.hadamardCore1), let t2 = module.shape(.hadamardCore2), t1.count == 4, t2.count == 4,
                t1[2...] == t2[2...], (t1 + t2).allSatisfy({ $0 > 0 }), t1[0] == a1.rows, t1[1] == b1.rows, t2[0] == a2.rows,
                t2[1] == b2.rows, a1.columns == a2.columns, b1.columns == b2.columns
            else { return nil }
            rows = a1.columns
            count = rows * b1.columns * t1[2] * t1[3]
        } else {
            guard a1.columns == b1.rows, a2.columns == b2.rows, a1.rows == a2.rows, b1.columns == b2.columns else { return nil }
            rows = a1.rows
            count = rows * b1.columns
        }
        self.module = module
        rank = b1.rows
        decomposition = WeightDecomposition(module)
    }

    func fits(_ shape: [Int]) -> Bool {
        shape.first == rows && shape.reduce(1, *) == count && decomposition?.fits(shape) ?? true
    }

    func changed(_ weight: Tensor, strength: Float) throws -> Tensor {
        let first = try half(.hadamard1a, .hadamard1b, core: .hadamardCore1)
        let second = try half(.hadamard2a, .hadamard2b, core: .hadamardCore2)
        let delta = (first * second).reshaped(weight.shape)
        let factor = try module.factor(rank: rank)
        if let decomposition { return try decomposition.changed(weight, delta: delta * factor, strength: strength) }
        return lincomb(1, weight, strength * factor, delta)
    }

    private func half(_ a: AdapterPart, _ b: AdapterPart, core: AdapterPart) throws -> Tensor {
        let (a, b) = (try module.matrix(a), try module.matrix(b))
        return hasCores ? factoredKernel(up: a.permuted([1, 0]), core: try module.floats(core), down: b) : matrixProduct(a, b)
    }

    func feed(into digest: inout DigestBuilder) throws { try module.feed("hadamard", into: &digest) }
}
