internal import Cancellations
internal import Checkpoints
internal import Digests
internal import LinearAlgebra
internal import Samplers
internal import Tensors

/// OFT and BOFT: rows of the weight are rotated, block by block.
///
/// A block B gives `Q = B − Bᵀ` and the rotation `R = (I + Q)(I − Q)⁻¹`; Q is shortened to the length alpha if it is longer.
/// OFT: blocks `[n, b, b]`, each for b rows that follow one another. BOFT: blocks `[m, n, b, b]`, m such stages, between which the
/// rows are reordered as in a butterfly. The strength enters twice, in the rotation and in the difference that is added.
/// Source: Qiu et al. 2023, Liu et al. 2023; ComfyUI.
struct OrthogonalChange: WeightChange {
    private let module: AdapterModule
    private let stages: Int
    private let blocks: Int
    private let size: Int
    private let isButterfly: Bool

    init?(_ module: AdapterModule) {
        guard let shape = module.shape(.orthogonalBlocks), shape.allSatisfy({ $0 > 0 }), shape.count == 3 || shape.count == 4,
            shape.suffix(2).first == shape.last, let size = shape.last
        else { return nil }
        isButterfly = shape.count == 4
        stages = isButterfly ? shape[0] : 1
        blocks = isButterfly ? shape[1] : shape[0]
        self.size = size
        self.module = module
        // A stage exchanges halves of blocks: they must have halves, and the last stage's runs must divide the rows.
        if isButterfly {
            guard size.isMultiple(of: 2), stages < 32, (blocks * size).isMultiple(of: size << (stages - 1)) else { return nil }
        }
    }

    func fits(_ shape: [Int]) -> Bool {
        guard shape.count >= 2, shape[0] == blocks * size else { return false }
        return module.shape(.rescale).map { $0.reduce(1, *) == shape[0] } ?? true
    }

    func changed(_ weight: Tensor, strength: Float) throws -> Tensor {
        let rotations = try rotations()
        let width = weight.count / weight.shape[0]
        let rows = blocks * size
        let original = weight.floats
        var current = original
        for stage in 0..<stages {
            let order = isButterfly ? Self.order(rows: rows, half: (1 << stage) * size / 2) : Array(0..<rows)
            var next = [Float](repeating: 0, count: current.count)
            for block in 0..<blocks {
                let rotation = rotations[(stage * blocks + block) * size * size..<(stage * blocks + block + 1) * size * size]
                for row in 0..<size {
                    try Cancellation.check()
                    let target = order[block * size + row] * width
                    for other in 0..<size {
                        // OFT multiplies by the transposed rotation, BOFT by the rotation.
                        let element = rotation[rotation.startIndex + (isButterfly ? row * size + other : other * size + row)]
                        let identity: Float = row == other ? 1 : 0
                        let factor = isButterfly ? element * strength + (1 - strength) * identity : strength * (element - identity)
                        let source = order[block * size + other] * width
                        for column in 0..<width { next[target + column] += factor * current[source + column] }
                    }
                }
            }
            current = next
        }
        guard isButterfly else { return lincomb(1, weight, strength, Tensor(current, shape: weight.shape)) }
        let scale = module.has(.rescale) ? try module.floats(.rescale).floats : [Float](repeating: 1, count: rows)
        return Tensor(shape: weight.shape) { out in
            for index in 0..<out.count {
                out[index] = original[index] + strength * (current[index] * scale[index / width] - original[index])
            }
        }
    }

    /// Which row comes at each place of a butterfly stage: runs of two halves are interleaved.
    private static func order(rows: Int, half: Int) -> [Int] {
        stride(from: 0, to: rows, by: 2 * half).flatMap { run in (0..<half).flatMap { [run + $0, run + half + $0] } }
    }

    /// All rotations, `[stages, blocks, size, size]`.
    private func rotations() throws -> [Float] {
        let stored = try module.floats(.orthogonalBlocks).floats
        var skew = [Float](repeating: 0, count: stored.count)
        for start in stride(from: 0, to: stored.count, by: size * size) {
            for row in 0..<size {
                for column in 0..<size {
                    skew[start + row * size + column] = stored[start + row * size + column] - stored[start + column * size + row]
                }
            }
        }
        let alpha = try module.names[.alpha] == nil ? 0 : module.factor(rank: 1)
        let norm = Float(skew.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()) + 1e-8
        if alpha > 0, norm > alpha { skew = skew.map { $0 * (alpha / norm) } }
        var result: [Float] = []
        result.reserveCapacity(stored.count)
        for start in stride(from: 0, to: stored.count, by: size * size) {
            try Cancellation.check()
            result += try Self.cayley(Array(skew[start..<start + size * size]), size)
        }
        return result
    }

    /// `(I + Q)(I − Q)⁻¹` in double precision. `I − Q` always has an inverse: Q is skew.
    private static func cayley(_ q: [Float], _ n: Int) throws -> [Float] {
        // R (I − Q) = I + Q, transposed: (I − Q)ᵀ Rᵀ = (I + Q)ᵀ, and (I − Q)ᵀ = I + Q.
        var left = [Double](repeating: 0, count: n * n)
        var right = left
        for row in 0..<n {
            for column in 0..<n {
                let identity = row == column ? 1.0 : 0
                left[row * n + column] = identity + Double(q[row * n + column])
                right[row * n + column] = identity - Double(q[row * n + column])
            }
        }
        let solved = try DenseAlgebra.solution(of: left, right, n: n, columns: n)
        return (0..<n * n).map { Float(solved[$0 % n * n + $0 / n]) }
    }

    /// The bits of a rotation are those of the library that solves for it.
    func feed(into digest: inout DigestBuilder) throws {
        try module.feed("orthogonal", into: &digest)
        digest.add(try DenseAlgebra.identity())
    }
}
