internal import Cancellations
internal import LinearAlgebra
internal import Tensors

/// The best approximation of a matrix by a product of low rank: `up · down`, `[m, rank] · [rank, n]`.
///
/// Found by subspace iteration with a few columns more than needed: a handful of products of ours, with all threads, and LAPACK's
/// decompositions of what is small, instead of one of the whole matrix. The same every time for one library and its kernels
/// (`DenseAlgebra.identity`). Source: Halko, Martinsson & Tropp 2011, algorithm 4.4.
struct LowRankApproximation: Sendable {
    /// Left singular vectors times singular values.
    private(set) var up: Tensor
    /// Right singular vectors, one a row.
    private(set) var down: Tensor

    /// - Throws: `CancellationError` when the work was asked to stop, `LinearAlgebraError`.
    init(_ matrix: Tensor, rank: Int) throws {
        let (m, n) = (matrix.shape[0], matrix.shape[1])
        let width = min(rank + 8, m, n)
        // Any directions do that aren't special to the matrix.
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        let start = Tensor(shape: [n, width]) { out in
            for index in out.indices {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                out[index] = Float(Int32(truncatingIfNeeded: state &>> 32)) * 0x1p-31
            }
        }
        var basis = try Self.orthonormal(matrixProduct(matrix, start))
        for _ in 0..<6 {
            let across = try Self.orthonormal(matrixProduct(matrix, basis, transposing: .first))
            basis = try Self.orthonormal(matrixProduct(matrix, across))
        }

        // B = Qᵀ A is small in one direction: its singular vectors are cheap, and Q turns the left ones into the matrix's.
        try Cancellation.check()
        let projected = matrixProduct(basis, matrix, transposing: .first)
        let parts = try SingularValues(of: projected.floats, rows: width, columns: n)
        // As a full decomposition has them, directions of (nearly) no length are unit vectors, too: `clamped` looks at all elements.
        let kept = min(rank, width)
        let small = Tensor(shape: [width, kept]) { out in
            for row in 0..<width {
                for column in 0..<kept { out[row * kept + column] = parts.left[row * width + column] * parts.values[column] }
            }
        }
        up = matrixProduct(basis, small)
        down = Tensor(Array(parts.right.prefix(kept * n)), shape: [kept, n])
    }

    /// Elements limited to the given quantile of all of both factors, linearly interpolated.
    func clamped(quantile: Double) -> LowRankApproximation {
        let sorted = (up.floats + down.floats).sorted()
        guard sorted.count > 1 else { return self }
        let position = quantile * Double(sorted.count - 1)
        let index = min(Int(position), sorted.count - 2)
        let limit = sorted[index] + Float(position - Double(index)) * (sorted[index + 1] - sorted[index])
        guard limit > 0 else { return self }
        var copy = self
        copy.up = up.clamped(-limit, limit)
        copy.down = down.clamped(-limit, limit)
        return copy
    }

    /// An orthonormal basis of the columns, as columns.
    private static func orthonormal(_ matrix: Tensor) throws -> Tensor {
        try Cancellation.check()
        let (rows, columns) = (matrix.shape[0], matrix.shape[1])
        let basis = try DenseAlgebra.orthonormalBasis(of: matrix.permuted([1, 0]).floats, count: columns, length: rows)
        return Tensor(basis, shape: [columns, rows]).permuted([1, 0])
    }
}
