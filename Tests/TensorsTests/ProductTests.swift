import CTensorKernels
@testable import Tensors
import Testing

extension KernelTests {
    @Suite("products of plain matrices") struct Products {
        /// Around the tiles of 4, 6 and 14 rows, the panel of 32 columns, its blocks of 16, and the chunk of 640 k.
        static let shapes: [(rows: Int, n: Int, k: Int)] = [
            (1, 1, 1), (1, 33, 7), (3, 31, 5), (4, 32, 16), (6, 64, 15), (13, 16, 17), (14, 17, 64), (15, 96, 31), (29, 40, 33),
            (77, 64, 48), (450, 33, 36), (16, 35, 639), (5, 40, 641), (3, 33, 1300), (31, 130, 640), (900, 8, 3),
        ]

        static func transposed(_ x: Tensor) -> Tensor { x.permuted([1, 0]) }

        @Test("either operand may be transposed; every shape agrees with double precision, with the same bits everywhere")
        func matchesReference() {
            for (rows, n, k) in Self.shapes {
                let a = Fixture.tensor([rows, k], seed: 1), b = Fixture.tensor([k, n], seed: 2)
                let expected = Linear.reference(a, Self.transposed(b), nil)
                for turned: TransposedOperands in [[], .first, .second, [.first, .second]] {
                    let what = "\(rows)x\(n)x\(k) \(turned.rawValue)"
                    let left = turned.contains(.first) ? Self.transposed(a) : a
                    let right = turned.contains(.second) ? Self.transposed(b) : b
                    let y = sameBitsEverywhere(what) { matrixProduct(left, right, transposing: turned) }
                    #expect(y.shape == [rows, n])
                    expectClose(y, expected, within: 2e-6, what)
                }
            }
        }

        @Test("has the bits of a linear layer with the same weights")
        func sameAsLinear() {
            for (rows, n, k) in Self.shapes {
                let x = Fixture.tensor([rows, k], seed: 3), w = Fixture.tensor([n, k], seed: 4)
                let packed = linear(x, LinearWeights(weight: w, bias: nil))
                #expect(matrixProduct(x, w, transposing: .second).hasSameBits(as: packed), "\(rows)x\(n)x\(k)")
            }
        }

        @Test("without an inner size every element is zero")
        func nothingToSum() {
            #expect(matrixProduct(.zeros([3, 0]), .zeros([0, 40])).floats == [Float](repeating: 0, count: 120))
            #expect(matrixProduct(.zeros([0, 5]), .zeros([5, 2])).shape == [0, 2])
        }

        @Test("is written whole and nothing beside it")
        func staysInside() {
            let overruns = Overruns()
            for (rows, n, k) in [(1, 1, 3), (15, 33, 7), (29, 70, 20)] {
                let a = Fixture.floats(rows * k, seed: 1), b = Fixture.floats(n * k, seed: 2)
                a.withUnsafeBufferPointer { a in
                    b.withUnsafeBufferPointer { b in
                        for turns in [false, true] {
                            overruns.expectInside("product \(rows)x\(n)x\(k)", rows * n) { y in
                                var job = dk_product(
                                    a: a.baseAddress, b: b.baseAddress, a_transposed: turns, b_transposed: !turns, rows: rows,
                                    k: k, n: n, y: y)
                                dk_product_run(&job)
                            }
                        }
                    }
                }
            }
        }
    }
}
