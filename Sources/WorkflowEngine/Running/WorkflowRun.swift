internal import Cancellations
internal import Synchronization

/// A run that was started: its events as they happen, its report at the end, and the way to stop it.
public final class WorkflowRun: Sendable {
    /// Everything that happens. Buffered without bound: previews are only made when asked for.
    public let events: AsyncStream<RunEvent>
    private let continuation: AsyncStream<RunEvent>.Continuation
    /// Current while the run computes.
    let cancellation = Cancellation()
    private let state = Mutex(State())

    private struct State {
        var report: RunReport?
        var warnings: [String] = []
        var waiting: [CheckedContinuation<RunReport, Never>] = []
    }

    init() {
        (events, continuation) = AsyncStream.makeStream()
    }

    /// Asks the run to stop: what it computes ends within a second. Safe from any thread, also more than once.
    public func cancel() { cancellation.cancel() }

    /// The report, when the run has ended.
    public var report: RunReport {
        get async {
            await withCheckedContinuation { continuation in
                let finished = state.withLock { state -> RunReport? in
                    if state.report == nil { state.waiting.append(continuation) }
                    return state.report
                }
                if let finished { continuation.resume(returning: finished) }
            }
        }
    }

    func emit(_ event: RunEvent) {
        if case .warning(let node, let message) = event {
            state.withLock { $0.warnings.append(node.map { "\($0.name): \(message)" } ?? message) }
        }
        continuation.yield(event)
    }

    /// What was warned of so far, for the report.
    var warnings: [String] { state.withLock { $0.warnings } }

    func finish(_ report: RunReport) {
        let waiting = state.withLock { state in
            state.report = report
            defer { state.waiting = [] }
            return state.waiting
        }
        continuation.finish()
        for waiter in waiting { waiter.resume(returning: report) }
    }
}
