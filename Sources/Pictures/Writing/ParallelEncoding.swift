internal import Cancellations
internal import Dispatch
internal import Synchronization
internal import Tensors

/// Encodes the pictures of a batch, or the parts of a picture, on all cores.
///
/// A few are encoded at a time, as many as there are threads, so that a batch of any size takes the memory of that many files. Their
/// bytes are those of one after the other.
public enum ParallelEncoding {
    /// - Parameters:
    ///   - encode: the bytes of a picture; called on several threads at once.
    ///   - done: gets the bytes in order, on the calling thread.
    /// - Throws: `CancellationError` when the work was asked to stop, and the first error of `encode` (by the pictures' order) or `done`.
    public static func forEach(
        _ count: Int, encode: @Sendable (Int) throws -> [UInt8], done: (Int, [UInt8]) throws -> Void
    ) throws {
        let width = max(1, ComputeThreads.count)
        for first in stride(from: 0, to: count, by: width) {
            try Cancellation.check()
            let some = min(width, count - first)
            let cancellation = Cancellation.current
            let results = Mutex([Result<[UInt8], any Error>?](repeating: nil, count: some))
            @Sendable func one(_ place: Int) {
                // The request to stop belongs to the thread that asks: here it is handed over.
                let result = Result { try (cancellation ?? Cancellation()).whileCurrent { try encode(first + place) } }
                results.withLock { $0[place] = result }
            }
            if some == 1 { one(0) } else { DispatchQueue.concurrentPerform(iterations: some) { one($0) } }
            for place in 0..<some {
                guard let result = results.withLock({ $0[place].take() }) else { continue }
                try done(first + place, try result.get())
            }
        }
    }
}
