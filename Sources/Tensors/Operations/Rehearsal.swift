internal import CTensorKernels
internal import Glibc
public import Problems
internal import Synchronization

/// Goes through a network without computing anything, to learn how much memory its activations take at a time.
///
/// Results have the right shapes and lie in memory that nobody writes to; they count until the network lets go of them, as real ones do.
/// Whatever looks at them sees zeros. Weights aren't looked at: a network whose layers only know their shapes will do.
public final class Rehearsal: OperationExecutor {
    private let ledger = Ledger()

    public init() {}

    /// Most bytes of results and of what kernels take beside them that were alive at a time.
    public var peakBytes: Int { ledger.peak }

    /// - Throws: `ReservationError` when addresses for a result can't be had.
    public func run(_ operation: TensorOperation) throws -> Tensor {
        switch operation {
        // In the place of what nobody else holds.
        case .groupNorm(let parts, _, _, _, _, true): return parts[0]
        case .groupNormRows(let x, _, _, true): return x
        // Views.
        case .take(let x, let dimension, let start, let count)
        where x.shape[..<dimension].allSatisfy({ $0 == 1 }) || count == x.shape[dimension]:
            return x.narrowed(dimension, from: start, count: count)
        case .pick(let x, let items) where items.count == 1: return x.item(items[0])
        default: break
        }
        let result = try Reservation(operation.resultShape.reduce(4, *), ledger).tensor(operation.resultShape)
        ledger.touch(beside: operation.workspace)
        return result
    }

    /// What is alive, and the most that was.
    fileprivate final class Ledger: Sendable {
        private let bytes = Mutex((live: 0, peak: 0))
        var peak: Int { bytes.withLock { $0.peak } }

        func add(_ count: Int) {
            bytes.withLock {
                $0.live += count
                $0.peak = max($0.peak, $0.live)
            }
        }

        /// So many bytes are taken for a moment.
        func touch(beside count: Int) { bytes.withLock { $0.peak = max($0.peak, $0.live + count) } }
    }

    /// Addresses of so many bytes that read as zeros and take no memory.
    private final class Reservation: Sendable {
        private let address: UInt
        private let byteCount: Int
        private let ledger: Ledger

        init(_ byteCount: Int, _ ledger: Ledger) throws {
            let memory = mmap(nil, max(byteCount, 1), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
            guard let memory, memory != MAP_FAILED else { throw ReservationError("there are no addresses for \(byteCount >> 20) MiB") }
            address = UInt(bitPattern: memory)
            (self.byteCount, self.ledger) = (byteCount, ledger)
            ledger.add(byteCount)
        }

        deinit {
            munmap(UnsafeMutableRawPointer(bitPattern: address), max(byteCount, 1))
            ledger.add(-byteCount)
        }

        func tensor(_ shape: [Int]) -> Tensor {
            let bytes = UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: byteCount)
            return Tensor(TensorStorage(rehearsing: bytes, keptAliveBy: self), byteOffset: 0, shape: shape, dtype: .float32)
        }
    }
}

/// Addresses that can't be had.
public typealias ReservationError = PlainProblem<ReservationErrorCode>

public enum ReservationErrorCode: String, OnlyProblemCode {
    case noAddresses = "no-addresses"
    public static var only: Self { .noAddresses }

    public var category: ProblemCategory { .outOfMemory }
    public var meaning: String { "The process may not have as many addresses as a computation would need." }
    public var hint: String { "Raise the limit (ulimit -v), or choose a smaller size." }
}

extension TensorOperation {
    /// The shape of what it gives.
    var resultShape: [Int] {
        func leading(_ x: Tensor) -> [Int] { Array(x.shape.dropLast()) }
        switch self {
        case .linear(let parts, let weights, _, _): return leading(parts[0]) + [weights.outputs]
        case .gatedLinear(let x, let weights): return leading(x) + [weights.outputs]
        case .convolution(let parts, let weights, let upsampling, _, _, _):
            let x = parts[0].shape
            let job = weights.job(batch: x[0], height: x[1], width: x[2], upsampling: upsampling)
            return [x[0], Int(job.out_height), Int(job.out_width), weights.outputs]
        case .convolutionRows(let band, let height, let rows, let weights, let upsampling, _, _):
            let job = weights.job(batch: 1, height: height, width: band.pixels.shape[2], upsampling: upsampling)
            return [1, rows.count, Int(job.out_width), weights.outputs]
        case .groupNorm(let parts, let weights, _, _, _, _): return leading(parts[0]) + [weights.channels]
        case .attention(let query, _, _, _, _, _): return leading(query.tensor) + [query.width]
        case .attentionPart(let query, _, _, let heads, _, let isLast):
            let queries = query.tensor.shape[1]
            return isLast
                ? [1, queries, query.width] : [AttentionInParts.stateBytes(queries: queries, width: query.width, heads: heads) / 4]
        case .lookUp(let table, let rows): return [rows.count, table.shape[1]]
        case .product(let a, let b, let transposing):
            return [a.shape[transposing.contains(.first) ? 1 : 0], b.shape[transposing.contains(.second) ? 0 : 1]]
        case .halve(let x): return [x.shape[0], (x.shape[1] + 1) / 2, (x.shape[2] + 1) / 2, x.shape[3]]
        case .resizeNearest(let x, let height, let width): return [x.shape[0], height, width, x.shape[3]]
        case .mirrorBeyond(let x, let below, let right): return [x.shape[0], x.shape[1] + below, x.shape[2] + right, x.shape[3]]
        case .join(let parts, let dimension):
            var shape = parts[0].shape
            shape[dimension] = parts.reduce(0) { $0 + $1.shape[dimension] }
            return shape
        case .take(let x, let dimension, _, let count):
            var shape = x.shape
            shape[dimension] = count
            return shape
        case .permute(let x, let order): return order.map { x.shape[$0] }
        case .pick(let x, let items): return [items.count] + x.shape.dropFirst()
        case .function(let function, let operands): return function.shape(of: operands.map(\.shape))
        case .layerNorm(let x, _, _), .groupNormRows(let x, _, _, _), .softmax(let x), .activate(let x, _), .apply(_, let x),
            .parametricReLU(let x, _), .add(let x, _), .scale(let x, _), .combine(_, let x, _, _), .addToChannels(let x, _),
            .averageOverPicture(let x):
            return x.shape
        }
    }

    /// Bytes that its kernel takes beside operands and result; small things aside.
    var workspace: Int {
        switch self {
        case .convolution(let parts, let weights, let upsampling, _, _, _):
            let x = parts[0].shape
            var job = weights.job(batch: x[0], height: x[1], width: x[2], upsampling: upsampling)
            return withKernelInputs(parts) { inputs, count in
                (job.inputs, job.input_count) = (inputs, count)
                return dk_conv_workspace(&job)
            }
        case .convolutionRows(let band, let height, let rows, let weights, let upsampling, _, _):
            var job = weights.job(batch: 1, height: height, width: band.pixels.shape[2], upsampling: upsampling)
            (job.out_first, job.out_rows, job.in_first, job.in_rows) = (rows.lowerBound, rows.count, band.rows.lowerBound, band.rows.count)
            return withKernelInputs([band.pixels]) { inputs, count in
                (job.inputs, job.input_count) = (inputs, count)
                return dk_conv_workspace(&job)
            }
        default: return 0
        }
    }
}
