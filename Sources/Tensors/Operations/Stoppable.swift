internal import CTensorKernels
internal import Cancellations

/// Computes something whose kernels end early when the work is asked to stop meanwhile: between two of their units.
///
/// What such kernels leave is incomplete, so nothing that `body` made outlives the error that is thrown then; it must keep nothing of it
/// elsewhere. Kernels outside such a call always finish.
///
/// - Throws: `CancellationError` when the work was asked to stop, and what `body` throws.
public func stoppable<Result>(_ body: () throws -> Result) throws -> Result {
    guard let cancellation = Cancellation.current else { return try body() }
    return try withExtendedLifetime(cancellation) {
        // Safe: the reference lives as long as this closure, and no job of this thread outlives it.
        let stop = dk_stop(
            asked: { context in
                guard let context else { return false }
                return Unmanaged<Cancellation>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.isCancelled }
            }, context: Unmanaged.passUnretained(cancellation).toOpaque())
        let before = dk_stop_when(stop)
        defer { dk_stop_when(before) }
        let output = try body()
        if cancellation.isCancelled { throw CancellationError() }
        return output
    }
}
