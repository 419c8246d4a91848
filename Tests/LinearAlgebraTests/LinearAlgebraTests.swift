import Problems
import LinearAlgebra
import Testing

/// Known decompositions, and what every decomposition must be.
@Suite("Dense linear algebra") struct LinearAlgebraTests {
    private func numbers(_ count: Int, seed: UInt64) -> [Float] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
        }
    }

    private func difference(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).map { abs($0 - $1) }.max() ?? 0 }

    /// `a · b`, row by row.
    private func product(_ a: [Float], _ b: [Float], _ rows: Int, _ inner: Int, _ columns: Int) -> [Float] {
        (0..<rows * columns).map { place in
            let (row, column) = (place / columns, place % columns)
            return Float((0..<inner).reduce(0.0) { $0 + Double(a[row * inner + $1]) * Double(b[$1 * columns + column]) })
        }
    }

    private func transposed(_ a: [Float], _ rows: Int, _ columns: Int) -> [Float] {
        (0..<a.count).map { a[$0 % rows * columns + $0 / rows] }
    }

    private func isIdentity(_ a: [Float], _ n: Int) -> Bool {
        difference(a, (0..<n * n).map { $0 / n == $0 % n ? 1 : 0 }) < 1e-5
    }

    @Test("the library, its version and its kernels are told")
    func identity() throws {
        let identity = try DenseAlgebra.identity()
        #expect(identity.hasPrefix("OpenBLAS ") && identity.split(separator: " ").count == 3, "\(identity)")
    }

    @Test("a known matrix has its known singular values")
    func knownValues() throws {
        // [[3, 0], [4, 5]] has √45 and √5.
        let found = try SingularValues(of: [3, 0, 4, 5], rows: 2, columns: 2)
        #expect(difference(found.values, [6.708204, 2.236068]) < 1e-5)
        #expect(try SingularValues(of: [0, 0, 0, 0, 0, 0], rows: 2, columns: 3).values == [0, 0])
        #expect(try SingularValues(of: [], rows: 0, columns: 3).values == [])
    }

    @Test("the parts are orthonormal and give the matrix back", arguments: [(1, 1), (5, 3), (3, 5), (40, 17), (17, 64)])
    func decomposition(shape: (rows: Int, columns: Int)) throws {
        let (rows, columns) = shape, count = min(rows, columns)
        let matrix = numbers(rows * columns, seed: UInt64(rows * 100 + columns))
        let found = try SingularValues(of: matrix, rows: rows, columns: columns)
        #expect(zip(found.values, found.values.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(isIdentity(product(transposed(found.left, rows, count), found.left, count, rows, count), count))
        #expect(isIdentity(product(found.right, transposed(found.right, count, columns), count, columns, count), count))
        let scaled = found.left.enumerated().map { $1 * found.values[$0 % count] }
        #expect(difference(product(scaled, found.right, rows, count, columns), matrix) < 1e-5)
    }

    @Test("a basis is orthonormal and spans what the vectors span, also where they repeat")
    func basis() throws {
        let (count, length) = (6, 40)
        var vectors = numbers(count * length, seed: 3)
        for index in 0..<length { vectors[5 * length + index] = vectors[index] * 2 }
        let basis = try DenseAlgebra.orthonormalBasis(of: vectors, count: count, length: length)
        #expect(isIdentity(product(basis, transposed(basis, count, length), count, length, count), count))
        let inBasis = product(vectors, transposed(basis, count, length), count, length, count)
        #expect(difference(product(inBasis, basis, count, count, length), vectors) < 1e-5)
    }

    @Test("equations are solved; one without a solution says so")
    func solution() throws {
        let (n, columns) = (30, 7)
        let a = numbers(n * n, seed: 5).map(Double.init), x = numbers(n * columns, seed: 6).map(Double.init)
        let b = (0..<n * columns).map { place in
            (0..<n).reduce(0.0) { $0 + a[place / columns * n + $1] * x[$1 * columns + place % columns] }
        }
        let found = try DenseAlgebra.solution(of: a, b, n: n, columns: columns)
        #expect(zip(found, x).allSatisfy { abs($0 - $1) < 1e-10 })
        #expect(throws: LinearAlgebraError.self) { try DenseAlgebra.solution(of: [1, 2, 2, 4], [1, 1], n: 2, columns: 1) }
    }

    @Test("numbers that are none end in an error")
    func notANumber() {
        #expect(throws: LinearAlgebraError.self) { try SingularValues(of: [1, .nan, 2, 3], rows: 2, columns: 2) }
    }
}
