public import Problems
internal import COpenBLAS

/// The singular value decomposition of a matrix: `U · diag(values) · V`, the largest value first.
public struct SingularValues: Sendable {
    /// Left vectors, one a column: `rows × count`, row by row.
    public let left: [Float]
    public let values: [Float]
    /// Right vectors, one a row: `count × columns`.
    public let right: [Float]

    /// Decomposes a matrix by divide and conquer (`sgesdd`); as many vectors as its smaller side has.
    ///
    /// - Parameter matrix: `rows × columns`, row by row.
    /// - Throws: `LinearAlgebraError`.
    public init(of matrix: [Float], rows: Int, columns: Int) throws(LinearAlgebraError) {
        precondition(matrix.count == rows * columns, "\(matrix.count) elements of \(rows)×\(columns)")
        let library = try DenseAlgebra.library()
        let count = min(rows, columns)
        guard count > 0 else {
            (left, values, right) = ([], [], [])
            return
        }
        // Row by row is the transposed matrix column by column: its left vectors are our right ones.
        let (m, n, k) = (try DenseAlgebra.size(columns), try DenseAlgebra.size(rows), try DenseAlgebra.size(count))
        var a = matrix, info: Int32 = 0
        var s = [Float](repeating: 0, count: count)
        var u = [Float](repeating: 0, count: columns * count), v = [Float](repeating: 0, count: count * rows)
        var integers = [Int32](repeating: 0, count: 8 * count)
        var needed: Float = 0
        library.sgesdd("S", [m], [n], &a, [m], &s, &u, [m], &v, [k], &needed, [-1], &integers, &info)
        try DenseAlgebra.check(info, "sgesdd")
        let size = try DenseAlgebra.size(max(1, Int(needed.nextUp)))
        var work = [Float](repeating: 0, count: Int(size))
        library.sgesdd("S", [m], [n], &a, [m], &s, &u, [m], &v, [k], &work, [size], &integers, &info)
        try DenseAlgebra.check(info, "sgesdd")
        guard s.allSatisfy({ $0.isFinite }) else {
            throw LinearAlgebraError(.noSolution, "the matrix holds numbers that are none")
        }
        // u is columns × count, column by column: its columns are our rows. v is count × rows, column by column: ours row by row.
        (left, values, right) = (v, s, u)
    }
}
