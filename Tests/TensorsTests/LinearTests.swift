import CTensorKernels
import Foundation
@testable import Tensors
import Testing

extension KernelTests {
    @Suite("linear layers") struct Linear {
        /// x · wᵀ + b in double precision.
        static func reference(_ x: Tensor, _ w: Tensor, _ bias: Tensor?) -> [Double] {
            let (n, k) = (w.shape[0], w.count / w.shape[0])
            let rows = x.count / k
            let (x, w, b) = (x.floats, w.floats, bias?.floats)
            var y = [Double](repeating: 0, count: rows * n)
            for r in 0..<rows {
                for c in 0..<n {
                    var sum = Double(b?[c] ?? 0)
                    for i in 0..<k { sum += Double(x[r * k + i]) * Double(w[c * k + i]) }
                    y[r * n + c] = sum
                }
            }
            return y
        }

        /// Below, at and above the tiles of 4, 6 and 14 rows, the panel of 32 columns, the chunk of 1280 and 1024 inputs.
        static let shapes: [(rows: Int, n: Int, k: Int)] = [
            (1, 1, 1), (1, 33, 7), (2, 32, 16), (3, 31, 5), (13, 64, 40), (14, 20, 64), (15, 96, 31), (29, 40, 33),
            (77, 64, 48), (460, 64, 36), (16, 35, 1024), (5, 40, 1300), (3, 33, 2600),
        ]

        @Test(
            "every shape and stored type agrees with double precision, with the same bits everywhere",
            arguments: [DType.float32, .float16, .bfloat16])
        func matchesReference(dtype: DType) {
            for (rows, n, k) in Self.shapes {
                let x = Fixture.tensor([rows, k], seed: 1)
                let w = Fixture.stored([n, k], as: dtype, seed: 2, scale: 1 / Float(k).squareRoot())
                let bias = Fixture.tensor([n], seed: 3)
                let weights = LinearWeights(weight: w.stored, bias: bias)
                let what = "\(rows)x\(n)x\(k) \(dtype)"
                let y = sameBitsEverywhere(what) { linear(x, weights) }
                #expect(y.shape == [rows, n])
                expectClose(y, Self.reference(x, w.exact, bias), within: 2e-6, what)
            }
        }

        @Test("activation comes after the bias and before the residual")
        func epilogue() {
            let (rows, n, k) = (19, 45, 50)
            let x = Fixture.tensor([rows, k], seed: 1), w = Fixture.tensor([n, k], seed: 2, scale: 0.2)
            let bias = Fixture.tensor([n], seed: 3), residual = Fixture.tensor([rows, n], seed: 4)
            let weights = LinearWeights(weight: w, bias: bias)
            let plain = Self.reference(x, w, bias)
            let kinds: [(Activation, (Double) -> Double)] = [
                (.none, { $0 }), (.silu, { $0 / (1 + exp(-$0)) }), (.gelu, { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }),
                (.quickGELU, { $0 / (1 + exp(-1.702 * $0)) }),
            ]
            for (kind, formula) in kinds {
                let y = sameBitsEverywhere("\(kind)") { linear(x, weights, activation: kind, adding: residual) }
                expectClose(y, zip(plain, residual.floats).map { formula($0) + Double($1) }, within: 1e-6, "\(kind)")
            }
        }

        @Test("GEGLU is the value times the gate's GELU", arguments: [DType.float32, .float16])
        func gated(dtype: DType) {
            for (rows, n, k) in [(1, 32, 16), (30, 50, 24), (15, 128, 32)] {
                let x = Fixture.tensor([rows, k], seed: 1), bias = Fixture.tensor([2 * n], seed: 3)
                let w = Fixture.stored([2 * n, k], as: dtype, seed: 2, scale: 1 / Float(k).squareRoot())
                let weights = GEGLUWeights(weight: w.stored, bias: bias)
                let y = sameBitsEverywhere("geglu \(n)") { geglu(x, weights) }
                let both = Self.reference(x, w.exact, bias)
                var expected: [Double] = []
                for r in 0..<rows {
                    for c in 0..<n {
                        let gate = both[r * 2 * n + n + c]
                        expected.append(both[r * 2 * n + c] * 0.5 * gate * erfc(-gate / 2.0.squareRoot()))
                    }
                }
                expectClose(y, expected, within: 2e-6, "geglu \(rows)x\(n)x\(k)")
            }
        }

        @Test("joined inputs and joined layers give the bits of the tensors joined by hand")
        func joined() {
            let a = Fixture.tensor([20, 24], seed: 1), b = Fixture.tensor([20, 40], seed: 2)
            let w = Fixture.tensor([50, 64], seed: 3), v = Fixture.tensor([32, 64], seed: 4), bias = Fixture.tensor([50], seed: 5)
            let whole = Tensor.concatenated([a, b], along: 1)
            let weights = LinearWeights(weight: w, bias: bias)
            #expect(linear([a, b], weights).hasSameBits(as: linear(whole, weights)))
            let both = linear(whole, LinearWeights(joining: [(w, bias), (v, nil)]))
            let apart = Tensor.concatenated([linear(whole, weights), linear(whole, LinearWeights(weight: v, bias: nil))], along: 1)
            #expect(both.hasSameBits(as: apart))
            let turned = linear(whole, LinearWeights(joining: [(v, nil), (v, nil)]))
            #expect(turned.narrowed(1, from: 32, count: 32).hasSameBits(as: linear(whole, LinearWeights(weight: v, bias: nil))))
        }
    }
}
