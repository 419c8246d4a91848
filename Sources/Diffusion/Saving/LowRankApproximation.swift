internal import Cancellations
internal import Tensors

/// The best approximation of a matrix by a product of low rank: `up · down`, `[m, rank] · [rank, n]`.
///
/// Found by subspace iteration with a few columns more than needed: a handful of products instead of a full decomposition.
/// Deterministic. Source: Halko, Martinsson & Tropp 2011, algorithm 4.4.
struct LowRankApproximation: Sendable {
    /// Left singular vectors times singular values.
    private(set) var up: Tensor
    /// Right singular vectors, one a row.
    private(set) var down: Tensor

    /// - Throws: `CancellationError` when the work was asked to stop.
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

        // B = Qᵀ A is small in one direction; its singular vectors come from B Bᵀ.
        let projected = matrixProduct(basis, matrix, transposing: .first)
        let (values, vectors) = try Self.eigen(matrixProduct(projected, projected, transposing: .second))
        let order = values.indices.sorted { values[$0] > values[$1] }.prefix(rank)
        // Columns of the small left vectors that are kept, [width, rank].
        let small = Tensor(shape: [width, rank]) { out in
            for row in 0..<width {
                for (column, chosen) in order.enumerated() { out[row * rank + column] = Float(vectors[row * width + chosen]) }
            }
        }
        let right = matrixProduct(small, projected, transposing: .first)
        // The lengths of the rows are the singular values, more exactly than roots of eigenvalues. Directions of (nearly) no length
        // are kept as unit vectors, as a full decomposition has them: `clamped` looks at all elements.
        let singular = right.withFloats { r in
            (0..<rank).map { row in
                Float((0..<n).reduce(0.0) { $0 + Double(r[row * n + $1]) * Double(r[row * n + $1]) }.squareRoot())
            }
        }
        down = Tensor(shape: [rank, n]) { out in
            right.withFloats { r in
                for row in 0..<rank {
                    let scale = singular[row] > 0 ? 1 / singular[row] : 0
                    for column in 0..<n { out[row * n + column] = r[row * n + column] * scale }
                }
            }
        }
        let left = matrixProduct(basis, small)
        up = Tensor(shape: [m, rank]) { out in
            left.withFloats { l in for index in out.indices { out[index] = l[index] * singular[index % rank] } }
        }
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

    /// An orthonormal basis of the columns, by Gram and Schmidt; columns that add nothing but rounding errors become
    /// directions of those.
    private static func orthonormal(_ matrix: Tensor) throws -> Tensor {
        let (rows, columns) = (matrix.shape[0], matrix.shape[1])
        var basis = matrix.permuted([1, 0]).floats
        for column in 0..<columns {
            try Cancellation.check()
            let range = column * rows..<(column + 1) * rows
            for _ in 0..<3 {
                for other in 0..<column {
                    var dot = 0.0
                    for row in 0..<rows { dot += Double(basis[other * rows + row]) * Double(basis[column * rows + row]) }
                    let factor = Float(dot)
                    for row in 0..<rows { basis[column * rows + row] -= factor * basis[other * rows + row] }
                }
                // Between the passes, so that nothing is lost below the smallest number.
                let length = norm(basis, range)
                if length > 0 { for index in range { basis[index] = Float(Double(basis[index]) / length) } }
            }
        }
        return Tensor(basis, shape: [columns, rows]).permuted([1, 0])
    }

    private static func norm(_ values: [Float], _ range: Range<Int>) -> Double {
        range.reduce(0.0) { $0 + Double(values[$1]) * Double(values[$1]) }.squareRoot()
    }

    /// Eigenvalues and eigenvectors (columns) of a small symmetric matrix, by Jacobi's rotations.
    private static func eigen(_ symmetric: Tensor) throws -> (values: [Double], vectors: [Double]) {
        let n = symmetric.shape[0]
        var a = symmetric.floats.map(Double.init)
        var v = (0..<n * n).map { $0 / n == $0 % n ? 1.0 : 0 }
        for _ in 0..<60 {
            try Cancellation.check()
            var off = 0.0
            for p in 0..<n { for q in 0..<n where p != q { off += a[p * n + q] * a[p * n + q] } }
            let scale = (0..<n).reduce(0.0) { $0 + a[$1 * n + $1] * a[$1 * n + $1] }
            if off <= 1e-24 * scale { break }
            for p in 0..<n {
                for q in p + 1..<max(n, p + 1) where a[p * n + q] != 0 {
                    let theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q])
                    let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
                    let c = 1 / (t * t + 1).squareRoot()
                    let s = t * c
                    for k in 0..<n {
                        let (x, y) = (a[k * n + p], a[k * n + q])
                        (a[k * n + p], a[k * n + q]) = (c * x - s * y, s * x + c * y)
                    }
                    for k in 0..<n {
                        let (x, y) = (a[p * n + k], a[q * n + k])
                        (a[p * n + k], a[q * n + k]) = (c * x - s * y, s * x + c * y)
                        let (u, w) = (v[k * n + p], v[k * n + q])
                        (v[k * n + p], v[k * n + q]) = (c * u - s * w, s * u + c * w)
                    }
                }
            }
        }
        return ((0..<n).map { a[$0 * n + $0] }, v)
    }
}
