import CTensorKernels
import Foundation
@testable import Tensors
import Testing

extension KernelTests {
    @Suite("elementwise kernels") struct Elementwise {
        /// 0…67 meets every tail of 16 lanes several times; the large one several units.
        static let counts = Array(0...67) + [40_000]
        static let sentinel: Float = -12345.678

        /// Calls `kernel` out of place and in place with every variant: scalar's bits, and nothing written behind the end.
        func check(_ name: String, _ kernel: (UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, Int) -> Void) {
            let active = KernelVariant.active
            defer { dk_select_variant(active) }
            for count in Self.counts {
                let p = Fixture.floats(count, seed: 1, scale: 3), q = Fixture.floats(count, seed: 2)
                dk_select_variant("scalar")
                var expected = p + [0]
                expected.withUnsafeMutableBufferPointer { y in kernel(y.baseAddress!, p + [0], q + [0], count) }
                for variant in KernelVariant.supported {
                    dk_select_variant(variant)
                    var inPlace = p + [Self.sentinel, Self.sentinel]
                    inPlace.withUnsafeMutableBufferPointer { y in kernel(y.baseAddress!, y.baseAddress!, q + [0], count) }
                    #expect(
                        inPlace.prefix(count).map(\.bitPattern) == expected.prefix(count).map(\.bitPattern),
                        "\(name) in \(variant), count \(count)")
                    #expect(inPlace[count] == Self.sentinel && inPlace[count + 1] == Self.sentinel, "\(name) in \(variant), count \(count)")
                }
            }
        }

        @Test("all variants give the same bits, in place too, and stay inside their buffers")
        func sameBits() {
            for kind in [DK_LINEAR, DK_SILU, DK_GELU, DK_QUICK_GELU] {
                check("activate \(kind.rawValue)") { y, p, _, n in dk_activate_run(y, p, n, kind) }
            }
            check("scale") { y, p, _, n in dk_scale_run(y, p, 1.7, n) }
            check("add") { y, p, q, n in dk_add_run(y, p, q, n) }
            check("multiply") { y, p, q, n in dk_multiply_run(y, p, q, n) }
            check("lincomb") { y, p, q, n in dk_lincomb_run(y, 0.3, p, -1.7, q, n) }
            check("geglu") { y, p, q, n in dk_kernels().pointee.geglu(y, p, q, n) }
        }

        @Test("activations keep their error bounds over the whole range")
        func errors() {
            let points = stride(from: Float(-30), through: 30, by: 1e-3).map { $0 }
            let x = Tensor(points)
            func largest(_ y: Tensor, _ f: (Double) -> Double) -> Double {
                zip(y.floats, points).map { abs(Double($0) - f(Double($1))) / max(1, abs(Double($1))) }.max()!
            }
            #expect(largest(silu(x)) { $0 / (1 + exp(-$0)) } < 3e-7)
            #expect(largest(gelu(x)) { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) } < 3e-7)
            #expect(largest(quickGELU(x)) { $0 / (1 + exp(-1.702 * $0)) } < 3e-7)
        }

        @Test("half floats convert exactly in both directions, in every variant")
        func halves() {
            let active = KernelVariant.active
            defer { dk_select_variant(active) }
            let all = (0...UInt16.max).map { $0 }
            for variant in KernelVariant.supported {
                dk_select_variant(variant)
                for type in [DK_F16, DK_BF16] {
                    var wide = [Float](repeating: 0, count: all.count)
                    dk_widen_run(&wide, all, type, all.count)
                    var back = [UInt16](repeating: 0, count: all.count)
                    dk_narrow_run(&back, wide, type, all.count)
                    for (bits, value) in zip(all, wide) {
                        let expected = type == DK_F16 ? Float(float16Bits: bits) : Float(bitPattern: UInt32(bits) << 16)
                        guard !expected.isNaN else {
                            #expect(value.isNaN && back[Int(bits)] & 0x7fff > (type == DK_F16 ? 0x7c00 : 0x7f80), "\(bits) in \(variant)")
                            continue
                        }
                        if value.bitPattern != expected.bitPattern || back[Int(bits)] != bits {
                            // bfloat16's own denormals count as zero, as all denormals do.
                            #expect(
                                type == DK_BF16 && expected.isSubnormal, "\(bits) in \(variant): \(value) \(expected) \(back[Int(bits)])")
                        }
                    }
                }
            }
        }

        @Test("narrowing rounds to nearest even, the same in every variant")
        func rounding() {
            let active = KernelVariant.active
            defer { dk_select_variant(active) }
            let values =
                Fixture.floats(5000, seed: 3) + Fixture.floats(5000, seed: 4, scale: 1e-5) + Fixture.floats(999, seed: 5, scale: 4e4)
                + [
                    65519, 65520, 65536, 1e30, .infinity, -.infinity, 0, -0.0, 0x1p-24, 0x1.8p-24, 0x1p-25, 0x1.0001p-25, 6.0975e-5,
                    1.0009765625, 1.00048828125,
                ]
            for type in [DK_F16, DK_BF16] {
                dk_select_variant("scalar")
                var expected = [UInt16](repeating: 0, count: values.count)
                dk_narrow_run(&expected, values, type, values.count)
                for variant in KernelVariant.supported {
                    dk_select_variant(variant)
                    var found = [UInt16](repeating: 0, count: values.count)
                    dk_narrow_run(&found, values, type, values.count)
                    #expect(found == expected, "\(variant)")
                }
            }
        }
    }
}
