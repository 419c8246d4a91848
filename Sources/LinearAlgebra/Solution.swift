public import Problems
internal import COpenBLAS

extension DenseAlgebra {
    /// The solution of `A · X = B`, by elimination with exchange of rows in double precision (`dgesv`).
    ///
    /// - Parameters:
    ///   - a: `n × n`, row by row.
    ///   - b: `n × columns`, row by row.
    /// - Returns: X, `n × columns`, row by row.
    /// - Throws: `LinearAlgebraError`, also when A has no inverse.
    public static func solution(of a: [Double], _ b: [Double], n: Int, columns: Int) throws(LinearAlgebraError) -> [Double] {
        precondition(a.count == n * n && b.count == n * columns, "\(n)×\(n) and \(n)×\(columns)")
        let library = try library()
        guard n > 0, columns > 0 else { return [] }
        var matrix = transposed(a, rows: n, columns: n), x = transposed(b, rows: n, columns: columns)
        var pivots = [Int32](repeating: 0, count: n), info: Int32 = 0
        let (order, count) = (try size(n), try size(columns))
        library.dgesv([order], [count], &matrix, [order], &pivots, &x, [order], &info)
        try check(info, "dgesv")
        return transposed(x, rows: columns, columns: n)
    }

    private static func transposed(_ x: [Double], rows: Int, columns: Int) -> [Double] {
        [Double](unsafeUninitializedCapacity: x.count) { out, count in
            for row in 0..<rows { for column in 0..<columns { out[column * rows + row] = x[row * columns + column] } }
            count = x.count
        }
    }
}
