public import Problems
internal import COpenBLAS

extension DenseAlgebra {
    /// An orthonormal basis of the space that some vectors span, by Householder's reflections (`sgeqrf`, `sorgqr`).
    ///
    /// - Parameter vectors: one a row, `count × length`; no more than they are long. Those that add nothing become some direction at
    ///   right angles to the others.
    /// - Returns: the basis, one vector a row.
    /// - Throws: `LinearAlgebraError`.
    public static func orthonormalBasis(of vectors: [Float], count: Int, length: Int) throws(LinearAlgebraError) -> [Float] {
        precondition(vectors.count == count * length && count <= length, "\(count) vectors of \(length)")
        let library = try library()
        guard count > 0 else { return [] }
        // One a row is one a column for LAPACK.
        var a = vectors, tau = [Float](repeating: 0, count: count), info: Int32 = 0
        let (m, n) = (try size(length), try size(count))
        var needed: Float = 0, other: Float = 0
        library.sgeqrf([m], [n], &a, [m], &tau, &needed, [-1], &info)
        try check(info, "sgeqrf")
        library.sorgqr([m], [n], [n], &a, [m], tau, &other, [-1], &info)
        try check(info, "sorgqr")
        let room = try size(max(1, Int(max(needed, other).nextUp)))
        var work = [Float](repeating: 0, count: Int(room))
        library.sgeqrf([m], [n], &a, [m], &tau, &work, [room], &info)
        try check(info, "sgeqrf")
        library.sorgqr([m], [n], [n], &a, [m], tau, &work, [room], &info)
        try check(info, "sorgqr")
        return a
    }
}
