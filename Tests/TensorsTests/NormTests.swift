import CTensorKernels
import Foundation
@testable import Tensors
import Testing

extension KernelTests {
    @Suite("norms") struct Norms {
        static func groupReference(_ x: Tensor, _ gamma: [Float], _ beta: [Float], groups: Int, silu: Bool) -> [Double] {
            let channels = gamma.count, batch = x.shape[0], pixels = x.count / batch / channels, width = channels / groups
            let data = x.floats
            var y = [Double](repeating: 0, count: data.count)
            for b in 0..<batch {
                for g in 0..<groups {
                    let indices = (0..<pixels).flatMap { p in (0..<width).map { (b * pixels + p) * channels + g * width + $0 } }
                    let mean = indices.reduce(0.0) { $0 + Double(data[$1]) } / Double(indices.count)
                    let variance =
                        indices.reduce(0.0) { $0 + (Double(data[$1]) - mean) * (Double(data[$1]) - mean) } / Double(indices.count)
                    for i in indices {
                        let c = i % channels
                        let value = (Double(data[i]) - mean) / (variance + 1e-5).squareRoot() * Double(gamma[c]) + Double(beta[c])
                        y[i] = silu ? value / (1 + exp(-value)) : value
                    }
                }
            }
            return y
        }

        @Test("group norm over its input gives the same bits, and leaves other holders of the input alone")
        func inPlace() {
            let gamma = Fixture.tensor([48], seed: 8), beta = Fixture.tensor([48], seed: 9)
            let weights = NormWeights(weight: gamma, bias: beta)
            let x = Fixture.tensor([2, 5, 7, 48], seed: 1)
            let expected = groupNorm(x, weights, groups: 16, epsilon: 1e-5, silu: true)
            let before = x.floats
            var shared = x
            groupNorm(inPlace: &shared, weights, groups: 16, epsilon: 1e-5, silu: true)
            #expect(shared.hasSameBits(as: expected))
            #expect(x.floats == before)
            var own = x + 0
            groupNorm(inPlace: &own, weights, groups: 16, epsilon: 1e-5, silu: true)
            #expect(own.hasSameBits(as: expected))
        }

        @Test(
            "group norm agrees with double precision, joined inputs too",
            arguments: [
                ([32], 32, 5, 7), ([64], 32, 16, 16), ([24, 40], 16, 9, 8), ([13, 7], 4, 3, 50), ([320, 640], 32, 3, 2),
                ([1024], 8, 8, 16),
            ])
        func groups(parts: [Int], groups: Int, height: Int, width: Int) {
            let channels = parts.reduce(0, +)
            let inputs = parts.enumerated().map { index, c in
                Fixture.tensor([2, height, width, c], seed: UInt64(index + 1)) + 0.5
            }
            let gamma = Fixture.tensor([channels], seed: 7), beta = Fixture.tensor([channels], seed: 8)
            let weights = NormWeights(weight: gamma, bias: beta)
            for silu in [false, true] {
                let y = sameBitsEverywhere("group norm \(parts)") {
                    groupNorm(inputs, weights, groups: groups, epsilon: 1e-5, silu: silu)
                }
                let whole = Tensor.concatenated(inputs, along: 3)
                expectClose(
                    y, Self.groupReference(whole, gamma.floats, beta.floats, groups: groups, silu: silu), within: 1e-6,
                    "group norm \(parts) silu \(silu)")
            }
        }

        @Test("layer norm agrees with double precision for every tail", arguments: [1, 2, 15, 16, 17, 31, 48, 320, 777])
        func layers(columns: Int) {
            let x = Fixture.tensor([3, columns], seed: 1, scale: 3) + 10
            let gamma = Fixture.tensor([columns], seed: 2), beta = Fixture.tensor([columns], seed: 3)
            let y = sameBitsEverywhere("layer norm \(columns)") { layerNorm(x, NormWeights(weight: gamma, bias: beta)) }
            var expected: [Double] = []
            for r in 0..<3 {
                let row = x.floats[r * columns..<(r + 1) * columns].map(Double.init)
                let mean = row.reduce(0, +) / Double(columns)
                let variance = row.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
                for (c, value) in row.enumerated() {
                    expected.append((value - mean) / (variance + 1e-5).squareRoot() * Double(gamma.floats[c]) + Double(beta.floats[c]))
                }
            }
            expectClose(y, expected, within: 2e-6, "layer norm \(columns)")
        }

        @Test("softmax agrees with double precision for every tail", arguments: [1, 3, 16, 19, 77, 1000])
        func softmaxRows(columns: Int) {
            let x = Fixture.tensor([4, columns], seed: 1, scale: 5)
            let y = sameBitsEverywhere("softmax \(columns)") { softmax(x) }
            var expected: [Double] = []
            for r in 0..<4 {
                let row = x.floats[r * columns..<(r + 1) * columns].map(Double.init)
                let e = row.map { exp($0 - row.max()!) }
                expected += e.map { $0 / e.reduce(0, +) }
            }
            expectClose(y, expected, within: 1e-6, "softmax \(columns)")
        }
    }
}
