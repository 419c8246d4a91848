internal import Checkpoints
internal import Digests
internal import Tensors

/// GLoRA: `W += strength · alpha / rank · (W · a1 · a2 + b1 · b2)`; files of older trainers have each pair the other way round.
///
/// Source: Chavan et al. 2023; LyCORIS.
struct GatedChange: WeightChange {
    private let module: AdapterModule
    private let isOld: Bool
    private let rank: Int
    /// Sizes of the factor that multiplies W from the right.
    private let gate: Int
    private let sum: (rows: Int, columns: Int)
    private let decomposition: WeightDecomposition?

    init?(_ module: AdapterModule) {
        guard let a1 = module.matrixShape(.gated1a), let a2 = module.matrixShape(.gated2a),
            let b1 = module.matrixShape(.gated1b), let b2 = module.matrixShape(.gated2b)
        else { return nil }
        isOld = b2.columns == b1.rows && b1.rows == a1.rows && a1.rows == a2.columns
        if isOld {
            guard a2.rows == a1.columns else { return nil }
            rank = a1.rows
            gate = a2.rows
            sum = (b2.rows, b1.columns)
        } else {
            guard a1.columns == a2.rows, a1.rows == a2.columns, b1.columns == b2.rows else { return nil }
            rank = a2.rows
            gate = a1.rows
            sum = (b1.rows, b2.columns)
        }
        self.module = module
        decomposition = WeightDecomposition(module)
    }

    func fits(_ shape: [Int]) -> Bool {
        guard shape.count >= 2 else { return false }
        let columns = shape[1...].reduce(1, *)
        return shape[0] == sum.rows && columns == sum.columns && (gate == shape[1] || gate == columns)
            && decomposition?.fits(shape) ?? true
    }

    func changed(_ weight: Tensor, strength: Float) throws -> Tensor {
        let a1 = try module.matrix(.gated1a), a2 = try module.matrix(.gated2a)
        let b1 = try module.matrix(.gated1b), b2 = try module.matrix(.gated2b)
        let gateMatrix = isOld ? matrixProduct(a2, a1) : matrixProduct(a1, a2)
        let added = (isOld ? matrixProduct(b2, b1) : matrixProduct(b1, b2)).reshaped(weight.shape)
        let (rows, columns) = (weight.shape[0], weight.shape[1])
        let kernel = weight.shape[2...].reduce(1, *)
        let gated: Tensor
        if gate == columns * kernel {
            gated = matrixProduct(weight.reshaped([rows, gate]), gateMatrix)
        } else {
            // The gate acts on input channels, place by place of the kernel.
            let places = weight.reshaped([rows, columns, kernel]).permuted([0, 2, 1]).reshaped([rows * kernel, columns])
            gated = matrixProduct(places, gateMatrix).reshaped([rows, kernel, columns]).permuted([0, 2, 1])
        }
        let delta = gated.reshaped(weight.shape) + added
        let factor = try module.factor(rank: rank)
        if let decomposition { return try decomposition.changed(weight, delta: delta * factor, strength: strength) }
        return lincomb(1, weight, strength * factor, delta)
    }

    func feed(into digest: inout DigestBuilder) throws { try module.feed("gated", into: &digest) }
}
