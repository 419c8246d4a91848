internal import CTensorKernels

/// What happens when memory for a tensor, or for the work of a kernel, can't be had.
///
/// There is no other algorithm for less memory, because it would give other bits, and no way back from the middle of a kernel. So the
/// process ends: one message on stderr that says how much was wanted, for what, and what could be done, and exit code 4. Whoever can
/// tell beforehand that memory won't do throws an error of its own instead (`NetworkError.notEnoughMemory`).
public enum MemoryShortage {
    /// Exit code of a process that ended so.
    public static let exitCode: Int32 = Int32(DK_SHORTAGE_STATUS)

    /// - Parameter handler: called before the end, on the thread that wants the memory and maybe in the middle of a kernel. It may tell
    ///   somebody and may not return; it can't compute. `nil`: nobody is told.
    public static func setHandler(_ handler: (@convention(c) (_ bytes: Int, _ purpose: UnsafePointer<CChar>?) -> Void)?) {
        dk_set_shortage_handler(handler)
    }
}
