internal import Checkpoints
internal import Digests
internal import Samplers
internal import Tensors

/// GLoRA: `W += strength · alpha / rank · (W · a1 · a2 + b1 · b2)`; files of older trainers have each pair the other way round.
///
/// Source: Chavan et al. 2023; LyCORIS.
struct GatedChange: WeightChange {
    private let module: AdapterModule
    private let old: Layout?
    private let new: Layout?
    private let decomposition: WeightDecomposition?

    private struct Layout: Sendable {
        var rank: Int
        /// Side of the square matrix that multiplies W from the right.
        var gate: Int
        var rows: Int
        var columns: Int

        func fits(_ shape: [Int]) -> Bool {
            guard shape.count >= 2 else { return false }
            let width = shape[1...].reduce(1, *)
            return shape[0] == rows && width == columns && (gate == shape[1] || gate == width)
        }
    }

    init?(_ module: AdapterModule) {
        guard let a1 = module.matrixShape(.gated1a), let a2 = module.matrixShape(.gated2a),
            let b1 = module.matrixShape(.gated1b), let b2 = module.matrixShape(.gated2b)
        else { return nil }
        let isOld = b2.columns == b1.rows && a2.columns == a1.rows && a2.rows == a1.columns
        let isNew = b1.columns == b2.rows && a1.columns == a2.rows && a1.rows == a2.columns
        guard isOld || isNew else { return nil }
        old = isOld ? Layout(rank: a1.rows, gate: a2.rows, rows: b2.rows, columns: b1.columns) : nil
        new = isNew ? Layout(rank: a2.rows, gate: a1.rows, rows: b1.rows, columns: b2.columns) : nil
        self.module = module
        decomposition = WeightDecomposition(module)
    }

    func fits(_ shape: [Int]) -> Bool {
        (old?.fits(shape) ?? false || new?.fits(shape) ?? false) && decomposition?.fits(shape) ?? true
    }

    func changed(_ weight: Tensor, strength: Float) throws -> Tensor {
        // Where both layouts fit (a rank as large as the layer), the reference takes the old one.
        let isOld = old?.fits(weight.shape) ?? false
        guard let layout = isOld ? old : new else { return weight }
        let a1 = try module.matrix(.gated1a), a2 = try module.matrix(.gated2a)
        let b1 = try module.matrix(.gated1b), b2 = try module.matrix(.gated2b)
        let gateMatrix = isOld ? matrixProduct(a2, a1) : matrixProduct(a1, a2)
        let added = (isOld ? matrixProduct(b2, b1) : matrixProduct(b1, b2)).reshaped(weight.shape)
        let (rows, columns) = (weight.shape[0], weight.shape[1])
        let kernel = weight.shape[2...].reduce(1, *)
        let gated: Tensor
        if layout.gate == columns * kernel {
            gated = matrixProduct(weight.reshaped([rows, layout.gate]), gateMatrix)
        } else {
            // The gate acts on input channels, place by place of the kernel.
            let places = weight.reshaped([rows, columns, kernel]).permuted([0, 2, 1]).reshaped([rows * kernel, columns])
            gated = matrixProduct(places, gateMatrix).reshaped([rows, kernel, columns]).permuted([0, 2, 1])
        }
        let delta = gated.reshaped(weight.shape) + added
        let factor = try module.factor(rank: layout.rank)
        if let decomposition { return try decomposition.changed(weight, delta: delta * factor, strength: strength) }
        return lincomb(1, weight, strength * factor, delta)
    }

    func feed(into digest: inout DigestBuilder) throws { try module.feed("gated", into: &digest) }
}
