internal import Checkpoints
internal import Digests
internal import Samplers
internal import Tensors

/// LoRA and LoCon: `W += strength · alpha / rank · up · down`.
///
/// `up` is `[outputs, rank]`, `down` `[rank, inputs · kernel]`; with a core `mid` `[rank, rank, height, width]` the kernel is
/// factored once more. Source: Hu et al. 2021; LyCORIS.
struct LowRankChange: WeightChange {
    private let module: AdapterModule
    private let count: Int
    private let rows: Int
    private let rank: Int
    private let decomposition: WeightDecomposition?

    init?(_ module: AdapterModule) {
        guard let up = module.matrixShape(.up), let down = module.matrixShape(.down) else { return nil }
        if module.has(.mid) {
            guard let core = module.shape(.mid), core.count == 4, core.allSatisfy({ $0 > 0 }), core[0] == up.columns,
                core[1] == down.rows
            else { return nil }
            count = up.rows * down.columns * core[2] * core[3]
        } else {
            guard up.columns == down.rows else { return nil }
            count = up.rows * down.columns
        }
        self.module = module
        rows = up.rows
        rank = down.rows
        decomposition = WeightDecomposition(module)
    }

    func fits(_ shape: [Int]) -> Bool {
        shape.first == rows && shape.reduce(1, *) == count && decomposition?.fits(shape) ?? true
    }

    func changed(_ weight: Tensor, strength: Float) throws -> Tensor {
        let up = try module.matrix(.up)
        let down = try module.matrix(.down)
        let product =
            module.has(.mid)
            ? factoredKernel(up: up, core: try module.floats(.mid), down: down) : matrixProduct(up, down)
        let delta = product.reshaped(weight.shape)
        let factor = try module.factor(rank: rank)
        if let decomposition { return try decomposition.changed(weight, delta: delta * factor, strength: strength) }
        return lincomb(1, weight, strength * factor, delta)
    }

    func feed(into digest: inout DigestBuilder) throws { try module.feed("low rank", into: &digest) }
}
