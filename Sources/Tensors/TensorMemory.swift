internal import CTensorKernels

/// What tensors take of the machine's memory.
///
/// Storage that tensors give up is kept for the next ones (fresh pages are slow), up to `keptLimit` bytes.
public enum TensorMemory {
    /// Bytes in tensors that are alive.
    public static var liveBytes: Int { dk_memory().live }
    /// Most bytes that were alive at a time since the process began, or since `resetPeak()`.
    public static var peakBytes: Int { dk_memory().peak }
    /// Bytes kept for reuse.
    public static var keptBytes: Int { dk_memory().kept }
    /// Working memory of the compute threads.
    public static var scratchBytes: Int { dk_memory().scratch }

    /// Blocks of memory that this thread asked for since it began, and their bytes; what other threads do doesn't show. Tests hold
    /// a network to the difference.
    public static var allocations: (blocks: Int, bytes: Int) {
        let count = dk_allocations()
        return (count.blocks, count.bytes)
    }

    public static func resetPeak() { dk_reset_peak() }
    /// Gives what is kept for reuse back to the system: after a large job, or before another program needs the memory.
    public static func trim() { dk_trim() }
    /// Gives back what small blocks that were freed still hold: between two jobs of one process, whose memory grows otherwise.
    public static func trimHeap() { dk_trim_heap() }
    /// - Parameter bytes: most that is kept for reuse; 1 GiB by default. More than that is given back at once.
    public static func setKeptLimit(_ bytes: Int) { _ = dk_set_kept_limit(max(bytes, 0)) }

    /// Computes something that takes the same few large blocks again and again: so many bytes of them are kept meanwhile.
    public static func keeping<Result>(_ bytes: Int, _ body: () throws -> Result) rethrows -> Result {
        let before = dk_set_kept_limit(max(bytes, 0))
        if before > bytes { _ = dk_set_kept_limit(before) }
        defer { _ = dk_set_kept_limit(before) }
        return try body()
    }

    /// - Parameter bytes: what live tensors and kept blocks should take together: kept ones go back to the system first. `nil` is no
    ///   limit, as at the beginning. Live tensors may exceed it.
    public static func setTotalLimit(_ bytes: Int?) { dk_set_total_limit(bytes.map { max($0, 0) } ?? Int.max) }
}
