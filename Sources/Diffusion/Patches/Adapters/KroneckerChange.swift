internal import Checkpoints
internal import Digests
internal import Samplers
internal import Tensors

/// LoKr: `W += strength · factor · w1 ⊗ w2`, either factor of which may be a product of two.
///
/// The factor is alpha / rank when a side is factored (the rank is that of `w2` if it is, else of `w1`), 1 otherwise whatever
/// alpha says. Source: LyCORIS.
///
/// A `w2` with a core (`lokr_t2`) is left out: the reference fails on those layers and leaves them as they are, and a LoRA that
/// people know from there should give the picture they know. `AdapterFile.layersLeftOut` counts them.
struct KroneckerChange: WeightChange {
    private let module: AdapterModule
    private let first: (rows: Int, columns: Int)
    /// `[rows, columns, height · width]` of the second factor.
    private let second: (rows: Int, columns: Int, kernel: Int)
    private let rank: Int?
    private let decomposition: WeightDecomposition?

    init?(_ module: AdapterModule) {
        var rank: Int?
        if let shape = module.shape(.kronecker1) {
            guard shape.count == 2, shape.allSatisfy({ $0 > 0 }) else { return nil }
            first = (shape[0], shape[1])
        } else {
            guard let a = module.matrixShape(.kronecker1a), let b = module.matrixShape(.kronecker1b), a.columns == b.rows else {
                return nil
            }
            first = (a.rows, b.columns)
            rank = b.rows
        }
        if let shape = module.shape(.kronecker2) {
            guard shape.count >= 2, shape.allSatisfy({ $0 > 0 }) else { return nil }
            second = (shape[0], shape[1], shape[2...].reduce(1, *))
        } else {
            guard let a = module.matrixShape(.kronecker2a), let b = module.matrixShape(.kronecker2b) else { return nil }
            guard !module.has(.kroneckerCore), a.columns == b.rows else { return nil }
            second = (a.rows, b.columns, 1)
            rank = b.rows
        }
        self.module = module
        self.rank = rank
        decomposition = WeightDecomposition(module)
    }

    func fits(_ shape: [Int]) -> Bool {
        shape.first == first.rows * second.rows
            && shape.reduce(1, *) == first.rows * first.columns * second.rows * second.columns * second.kernel
            && decomposition?.fits(shape) ?? true
    }

    func changed(_ weight: Tensor, strength: Float) throws -> Tensor {
        let w1 =
            module.has(.kronecker1)
            ? try module.floats(.kronecker1) : matrixProduct(try module.matrix(.kronecker1a), try module.matrix(.kronecker1b))
        let delta = kronecker(w1, try secondFactor()).reshaped(weight.shape)
        let factor = try rank.map { try module.factor(rank: $0) } ?? 1
        if let decomposition { return try decomposition.changed(weight, delta: delta * factor, strength: strength) }
        return lincomb(1, weight, strength * factor, delta)
    }

    private func secondFactor() throws -> Tensor {
        if module.has(.kronecker2) { return try module.floats(.kronecker2) }
        return matrixProduct(try module.matrix(.kronecker2a), try module.matrix(.kronecker2b))
    }

    /// `out[i₁·r + i₂, j₁·c + j₂, …] = w1[i₁, j₁] · w2[i₂, j₂, …]`.
    private func kronecker(_ w1: Tensor, _ w2: Tensor) -> Tensor {
        let kernel = second.kernel
        let columns = first.columns * second.columns
        return Tensor(shape: [first.rows * second.rows, columns, kernel]) { out in
            w1.withFloats { a in
                w2.withFloats { b in
                    for row1 in 0..<first.rows {
                        for row2 in 0..<second.rows {
                            for column1 in 0..<first.columns {
                                let factor = a[row1 * first.columns + column1]
                                let source = row2 * second.columns * kernel
                                let target = ((row1 * second.rows + row2) * columns + column1 * second.columns) * kernel
                                for index in 0..<second.columns * kernel { out[target + index] = factor * b[source + index] }
                            }
                        }
                    }
                }
            }
        }
    }

    func feed(into digest: inout DigestBuilder) throws { try module.feed("kronecker", into: &digest) }
}
