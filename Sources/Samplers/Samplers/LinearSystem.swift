/// Solves `a · x = b` by Gaussian elimination with row exchange; for the few unknowns of a multistep method.
func solved(_ a: [[Double]], _ b: [Double]) -> [Double] {
    var rows = zip(a, b).map { $0 + [$1] }
    let n = b.count
    for column in 0..<n {
        let pivot = (column..<n).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
        rows.swapAt(column, pivot)
        for row in column + 1..<max(n, column + 1) {
            let factor = rows[row][column] / rows[column][column]
            for index in column...n { rows[row][index] -= factor * rows[column][index] }
        }
    }
    var x = [Double](repeating: 0, count: n)
    for row in (0..<n).reversed() {
        let known = (row + 1..<max(n, row + 1)).reduce(0) { $0 + rows[row][$1] * x[$1] }
        x[row] = (rows[row][n] - known) / rows[row][row]
    }
    return x
}
