import CTensorKernels
@testable import Tensors
import Testing

/// Reproducible numbers, the variants of this processor, and the comparison that all kernel tests make.
enum Fixture {
    /// Roughly normal numbers; the same for a seed everywhere.
    static func floats(_ count: Int, seed: UInt64, scale: Float = 1) -> [Float] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        return (0..<count).map { _ in
            var sum: Float = 0
            for _ in 0..<4 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                sum += Float(state >> 40) / Float(1 << 24) - 0.5
            }
            return sum * 1.732 * scale
        }
    }

    static func tensor(_ shape: [Int], seed: UInt64, scale: Float = 1) -> Tensor {
        Tensor(floats(shape.reduce(1, *), seed: seed, scale: scale), shape: shape)
    }

    /// The same numbers rounded to a narrower type, and as float32 again.
    static func stored(_ shape: [Int], as dtype: DType, seed: UInt64, scale: Float = 1) -> (stored: Tensor, exact: Tensor) {
        let full = tensor(shape, seed: seed, scale: scale)
        guard dtype != .float32 else { return (full, full) }
        let type = dtype == .float16 ? DK_F16 : DK_BF16
        var bytes = [UInt8](repeating: 0, count: full.count * 2)
        full.withFloats { x in bytes.withUnsafeMutableBytes { dk_narrow_run($0.baseAddress, x.baseAddress, type, x.count) } }
        let narrow = Tensor(bytes: bytes, shape: shape, dtype: dtype)
        return (narrow, narrow.float32())
    }
}

/// Tests that switch the variant or the number of threads run one after another: both belong to the process.
@Suite("kernels", .serialized) enum KernelTests {}

extension KernelTests {
    /// Computes with every variant and with 1, 2 and 5 threads; all must give the bits of the first, which are returned.
    static func sameBitsEverywhere(
        _ what: String, threads: [Int] = [1, 2, 5], sourceLocation: SourceLocation = #_sourceLocation,
        _ compute: () throws -> Tensor
    ) rethrows -> Tensor {
        let active = KernelVariant.active
        defer {
            dk_select_variant(active)
            ComputeThreads.set(nil)
        }
        var first: Tensor?
        for variant in KernelVariant.supported {
            #expect(dk_select_variant(variant))
            #expect(KernelVariant.active == variant)
            for count in threads {
                ComputeThreads.set(count)
                let found = try compute()
                if let first {
                    #expect(
                        found.hasSameBits(as: first), "\(what): \(variant) with \(count) threads", sourceLocation: sourceLocation)
                } else {
                    first = found
                }
            }
        }
        return first!
    }

    /// Root mean square of the difference, relative to that of the reference.
    static func expectClose(
        _ found: Tensor, _ reference: [Double], within bound: Double, _ what: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(found.count == reference.count, "\(what)", sourceLocation: sourceLocation)
        guard found.count == reference.count else { return }
        var difference = 0.0, size = 0.0
        for (x, y) in zip(found.floats, reference) {
            difference += (Double(x) - y) * (Double(x) - y)
            size += y * y
        }
        let error = (difference / max(size, 1e-300)).squareRoot()
        #expect(error <= bound, "\(what): relative error \(error)", sourceLocation: sourceLocation)
    }
}
