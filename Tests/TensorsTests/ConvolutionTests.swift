import CTensorKernels
@testable import Tensors
import Testing

extension KernelTests {
    @Suite("convolutions") struct Convolutions {
        struct Shape: CustomStringConvertible, Sendable {
            var batch: Int = 1
            var height: Int
            var width: Int
            var inputs: [Int]
            var outputs: Int
            var kernel: (Int, Int) = (3, 3)
            var stride: Int = 1
            var padding: Padding = Padding(1)
            var upsampling: Bool = false
            var description: String {
                "\(batch)x\(height)x\(width) \(inputs)->\(outputs) kernel \(kernel) stride \(stride) \(padding) up \(upsampling)"
            }
        }

        /// In double precision, tap by tap.
        static func reference(_ x: Tensor, _ w: Tensor, _ s: Shape) -> [Double] {
            let source = s.upsampling ? x.pickedNearest(height: x.shape[1] * 2, width: x.shape[2] * 2) : x
            let (height, width, ci, co) = (source.shape[1], source.shape[2], x.shape[3], s.outputs)
            let (kh, kw) = s.kernel
            let oh = (height + s.padding.top + s.padding.bottom - kh) / s.stride + 1
            let ow = (width + s.padding.left + s.padding.right - kw) / s.stride + 1
            let data = source.floats, weight = w.floats
            var y = [Double](repeating: 0, count: s.batch * oh * ow * co)
            for b in 0..<s.batch {
                for oy in 0..<oh {
                    for ox in 0..<ow {
                        for ky in 0..<kh {
                            let iy = oy * s.stride + ky - s.padding.top
                            guard (0..<height).contains(iy) else { continue }
                            for kx in 0..<kw {
                                let ix = ox * s.stride + kx - s.padding.left
                                guard (0..<width).contains(ix) else { continue }
                                let from = ((b * height + iy) * width + ix) * ci, to = ((b * oh + oy) * ow + ox) * co
                                for o in 0..<co {
                                    var sum = 0.0
                                    for c in 0..<ci { sum += Double(data[from + c]) * Double(weight[((o * ci + c) * kh + ky) * kw + kx]) }
                                    y[to + o] += sum
                                }
                            }
                        }
                    }
                }
            }
            return y
        }

        static let shapes: [Shape] = [
            // Winograd's shapes: whole tiles, cut tiles, joined inputs, doubled pixels, several chunks of channels.
            Shape(batch: 2, height: 8, width: 8, inputs: [32], outputs: 32),
            Shape(height: 9, width: 14, inputs: [48], outputs: 40),
            Shape(batch: 3, height: 10, width: 7, inputs: [16, 32], outputs: 64),
            Shape(height: 6, width: 8, inputs: [32], outputs: 36, upsampling: true),
            Shape(height: 16, width: 16, inputs: [272], outputs: 33),
            Shape(batch: 2, height: 40, width: 36, inputs: [32], outputs: 32),
            // The direct way: few channels, odd kernels, strides, one-sided padding, single pixels.
            Shape(height: 5, width: 6, inputs: [4], outputs: 32),
            Shape(batch: 2, height: 7, width: 9, inputs: [3], outputs: 8),
            Shape(height: 8, width: 8, inputs: [9], outputs: 33),
            Shape(height: 8, width: 8, inputs: [64], outputs: 4),
            Shape(height: 9, width: 8, inputs: [40], outputs: 32, stride: 2),
            Shape(
                batch: 2, height: 8, width: 8, inputs: [32], outputs: 32, stride: 2, padding: Padding(top: 0, left: 0, bottom: 1, right: 1)),
            Shape(height: 12, width: 12, inputs: [20], outputs: 24, stride: 4, padding: Padding(1)),
            Shape(height: 8, width: 10, inputs: [12, 28], outputs: 40, kernel: (1, 1), padding: .none),
            Shape(height: 8, width: 10, inputs: [24], outputs: 40, kernel: (1, 1), stride: 2, padding: .none),
            Shape(height: 11, width: 11, inputs: [5], outputs: 7, kernel: (7, 7), stride: 2, padding: Padding(3)),
            Shape(height: 6, width: 6, inputs: [8], outputs: 8, kernel: (2, 5), padding: Padding(top: 0, left: 2, bottom: 1, right: 2)),
            Shape(height: 3, width: 3, inputs: [8], outputs: 8, padding: .none),
            Shape(height: 1, width: 1, inputs: [32], outputs: 32),
            Shape(height: 4, width: 3, inputs: [7], outputs: 5, upsampling: true),
            Shape(height: 3, width: 130, inputs: [40], outputs: 8),
            Shape(height: 4, width: 4, inputs: [500], outputs: 8),
        ]

        @Test("every shape agrees with double precision, with the same bits everywhere", arguments: shapes)
        func matchesReference(s: Shape) {
            let parts = s.inputs.enumerated().map { Fixture.tensor([s.batch, s.height, s.width, $1], seed: UInt64($0 + 1)) }
            let ci = s.inputs.reduce(0, +)
            let scale = 1 / Float(ci * s.kernel.0 * s.kernel.1).squareRoot()
            for dtype in [DType.float32, .float16, .bfloat16] {
                let w = Fixture.stored([s.outputs, ci, s.kernel.0, s.kernel.1], as: dtype, seed: 9, scale: scale)
                let weights = ConvolutionWeights(weight: w.stored, bias: nil, stride: s.stride, padding: s.padding)
                let y = sameBitsEverywhere("\(s) \(dtype)", threads: dtype == .float32 ? [1, 2, 5] : [2]) {
                    convolution(parts, weights, upsampling: s.upsampling)
                }
                expectClose(
                    y, Self.reference(Tensor.concatenated(parts, along: 3), w.exact, s), within: 8e-6, "\(s) \(dtype)")
            }
        }

        @Test("bias, the pictures' biases and the residual are added", arguments: [40, 7])
        func epilogue(channels: Int) {
            let s = Shape(batch: 2, height: 9, width: 8, inputs: [channels == 40 ? 32 : 7], outputs: channels)
            let x = Fixture.tensor([2, 9, 8, s.inputs[0]], seed: 1), w = Fixture.tensor([channels, s.inputs[0], 3, 3], seed: 2, scale: 0.1)
            let bias = Fixture.tensor([channels], seed: 3), time = Fixture.tensor([2, channels], seed: 4)
            let residual = Fixture.tensor([2, 9, 8, channels], seed: 5)
            let weights = ConvolutionWeights(weight: w, bias: bias, padding: Padding(1))
            let y = sameBitsEverywhere("epilogue") { convolution(x, weights, channelBias: time, adding: residual) }
            let (b, t, r) = (bias.floats, time.floats, residual.floats)
            let expected = Self.reference(x, w, s).enumerated().map { index, value in
                value + Double(b[index % channels]) + Double(t[index / (72 * channels) * channels + index % channels]) + Double(r[index])
            }
            expectClose(y, expected, within: 4e-6, "epilogue")
        }

        @Test("a picture gives the same bits alone and in a batch", arguments: [8, 16])
        func batchInvariance(side: Int) {
            let x = Fixture.tensor([3, side, side, 48], seed: 1), w = Fixture.tensor([40, 48, 3, 3], seed: 2, scale: 0.1)
            let weights = ConvolutionWeights(weight: w, bias: nil, padding: Padding(1))
            #expect(convolution(x, weights).item(1).hasSameBits(as: convolution(x.item(1), weights)))
        }
    }
}
