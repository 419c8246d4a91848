import CTensorKernels
import Foundation
@testable import Tensors
import Testing

extension KernelTests {
    @Suite("attention") struct Attention {
        static func reference(_ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, causal: Bool) -> [Double] {
            let (batch, queries, keys, width) = (q.shape[0], q.shape[1], k.shape[1], q.shape[2])
            let d = width / heads
            let (q, k, v) = (q.floats, k.floats, v.floats)
            var out = [Double](repeating: 0, count: batch * queries * width)
            for b in 0..<batch {
                for h in 0..<heads {
                    for i in 0..<queries {
                        let seen = causal ? min(keys, i + 1) : keys
                        let scores = (0..<seen).map { j in
                            (0..<d).reduce(0.0) {
                                $0 + Double(q[(b * queries + i) * width + h * d + $1]) * Double(k[(b * keys + j) * width + h * d + $1])
                            } / Double(d).squareRoot()
                        }
                        let largest = scores.max()!
                        let weights = scores.map { exp($0 - largest) }
                        let sum = weights.reduce(0, +)
                        for c in 0..<d {
                            out[(b * queries + i) * width + h * d + c] =
                                (0..<seen).reduce(0.0) { $0 + weights[$1] * Double(v[(b * keys + $1) * width + h * d + c]) } / sum
                        }
                    }
                }
            }
            return out
        }

        @Test(
            "every head size and count of keys agrees with double precision, with the same bits everywhere",
            arguments: [
                (1, 1, 8, 1, 1), (2, 2, 16, 33, 5), (1, 3, 40, 64, 77), (2, 2, 20, 31, 129), (1, 1, 80, 40, 300),
                (1, 1, 160, 9, 64), (1, 1, 512, 100, 130), (1, 2, 13, 35, 257),
            ])
        func matchesReference(batch: Int, heads: Int, d: Int, queries: Int, keys: Int) {
            let q = Fixture.tensor([batch, queries, heads * d], seed: 1, scale: 2)
            let k = Fixture.tensor([batch, keys, heads * d], seed: 2), v = Fixture.tensor([batch, keys, heads * d], seed: 3)
            let what = "\(batch)x\(heads)x\(d), \(queries) queries, \(keys) keys"
            let y = sameBitsEverywhere(what) { attention(query: q, key: k, value: v, heads: heads) }
            expectClose(y, Self.reference(q, k, v, heads: heads, causal: false), within: 2e-6, what)
        }

        @Test("a causal mask hides later keys", arguments: [5, 77, 200])
        func causal(tokens: Int) {
            let q = Fixture.tensor([2, tokens, 48], seed: 1), k = Fixture.tensor([2, tokens, 48], seed: 2)
            let v = Fixture.tensor([2, tokens, 48], seed: 3)
            let y = sameBitsEverywhere("causal \(tokens)") { attention(query: q, key: k, value: v, heads: 3, causal: true) }
            expectClose(y, Self.reference(q, k, v, heads: 3, causal: true), within: 2e-6, "causal \(tokens)")
        }

        @Test("columns of a joined projection are read in place")
        func columns() {
            let joined = Fixture.tensor([2, 40, 3 * 32], seed: 1)
            let parts = (0..<3).map { joined.narrowed(2, from: $0 * 32, count: 32) }
            let views = (0..<3).map { TokenColumns(joined, from: $0 * 32, count: 32) }
            let found = attention(query: views[0], key: views[1], value: views[2], heads: 2)
            #expect(found.hasSameBits(as: attention(query: parts[0], key: parts[1], value: parts[2], heads: 2)))
        }

        @Test("large scores don't overflow")
        func largeScores() {
            let q = Fixture.tensor([1, 40, 16], seed: 1, scale: 100), k = Fixture.tensor([1, 200, 16], seed: 2, scale: 100)
            let v = Fixture.tensor([1, 200, 16], seed: 3)
            let y = attention(query: q, key: k, value: v, heads: 1)
            #expect(y.firstNotFinite == nil)
            expectClose(y, Self.reference(q, k, v, heads: 1, causal: false), within: 1e-2, "scores of thousands")
        }
    }
}
