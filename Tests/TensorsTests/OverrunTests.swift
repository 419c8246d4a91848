import CTensorKernels
@testable import Tensors
import Testing

extension KernelTests {
    @Suite("buffers") struct Overruns {
        static let sentinel: Float = -12345.678

        /// Runs `body` on a result of `count` numbers with sentinels on both sides, in every variant.
        func expectInside(_ what: String, _ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
            let active = KernelVariant.active
            defer { dk_select_variant(active) }
            for variant in KernelVariant.supported {
                dk_select_variant(variant)
                var buffer = [Float](repeating: Self.sentinel, count: count + 128)
                buffer.withUnsafeMutableBufferPointer { body($0.baseAddress! + 64) }
                #expect(buffer.prefix(64).allSatisfy { $0 == Self.sentinel }, "\(what) in \(variant) writes before its result")
                #expect(buffer.suffix(64).allSatisfy { $0 == Self.sentinel }, "\(what) in \(variant) writes behind its result")
                #expect(!buffer.dropFirst(64).dropLast(64).contains(Self.sentinel), "\(what) in \(variant) leaves a hole")
            }
        }

        @Test("layers write all of their result and nothing beside it")
        func layers() {
            for (rows, n, k) in [(1, 1, 3), (15, 33, 7), (29, 70, 20)] {
                let x = Fixture.floats(rows * k, seed: 1), w = Fixture.floats(n * k, seed: 2)
                var packed = [Float](repeating: 0, count: dk_packed_size(n, k, false, DK_F32) / 4)
                dk_pack(&packed, w, n, k, false, DK_F32)
                x.withUnsafeBufferPointer { x in
                    packed.withUnsafeBufferPointer { packed in
                        expectInside("linear \(rows)x\(n)x\(k)", rows * n) { y in
                            var job = dk_linear()
                            job.inputs.0 = dk_input(data: x.baseAddress, channels: k)
                            (job.input_count, job.rows, job.k, job.n) = (1, rows, k, n)
                            (job.weights, job.weight_type, job.y) = (UnsafeRawPointer(packed.baseAddress), DK_F32, y)
                            dk_linear_run(&job)
                        }
                    }
                }
            }
            for (side, inputs, outputs) in [(5, 3, 4), (9, 32, 33), (6, 40, 17)] {
                let x = Fixture.floats(side * side * inputs, seed: 1), w = Fixture.floats(outputs * inputs * 9, seed: 2)
                var packed = [Float](repeating: 0, count: dk_packed_size(outputs, inputs * 9, false, DK_F32) / 4)
                dk_pack(&packed, w, outputs, inputs * 9, false, DK_F32)
                x.withUnsafeBufferPointer { x in
                    packed.withUnsafeBufferPointer { packed in
                        expectInside("convolution \(side) \(inputs)->\(outputs)", side * side * outputs) { y in
                            var job = dk_conv()
                            job.inputs.0 = dk_input(data: x.baseAddress, channels: inputs)
                            (job.input_count, job.batch, job.height, job.width) = (1, 1, side, side)
                            (job.in_channels, job.kernel_height, job.kernel_width, job.stride) = (inputs, 3, 3, 1)
                            (job.pad_top, job.pad_left, job.out_height, job.out_width) = (1, 1, side, side)
                            (job.out_channels, job.weights, job.weight_type, job.y) = (
                                outputs, UnsafeRawPointer(packed.baseAddress), DK_F32, y
                            )
                            dk_conv_run(&job)
                        }
                    }
                }
            }
            for (heads, d, queries, keys) in [(1, 5, 3, 7), (2, 40, 33, 130)] {
                let q = Fixture.floats(queries * heads * d, seed: 1), k = Fixture.floats(keys * heads * d, seed: 2)
                q.withUnsafeBufferPointer { q in
                    k.withUnsafeBufferPointer { k in
                        expectInside("attention \(d)", queries * heads * d) { y in
                            var job = dk_attention(
                                q: q.baseAddress, k: k.baseAddress, v: k.baseAddress, q_pitch: heads * d, k_pitch: heads * d,
                                v_pitch: heads * d, out_pitch: heads * d, batch: 1, heads: heads, head_size: d, queries: queries,
                                keys: keys, scale: 0.3, causal: false, out: y, state: nil, begins: false, ends: false)
                            dk_attention_run(&job)
                        }
                    }
                }
            }
            for columns in [1, 15, 16, 33] {
                let x = Fixture.floats(3 * columns, seed: 1)
                x.withUnsafeBufferPointer { x in
                    expectInside("softmax \(columns)", 3 * columns) { dk_softmax_run($0, x.baseAddress, 3, columns) }
                    expectInside("layer norm \(columns)", 3 * columns) { y in
                        var job = dk_layer_norm(
                            x: x.baseAddress, rows: 3, columns: columns, gamma: nil, beta: nil, epsilon: 1e-5, y: y)
                        dk_layer_norm_run(&job)
                    }
                }
            }
        }
    }
}
