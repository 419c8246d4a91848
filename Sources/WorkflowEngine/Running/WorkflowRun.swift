internal import Cancellations
internal import Synchronization

/// A run that was started: its events as they happen, its report at the end, and the way to stop it.
public final class WorkflowRun: Sendable {
    private let broadcast = Broadcast<RunEvent> { $0.retention }
    /// Current while the run computes.
    let cancellation = Cancellation()
    private let state = Mutex(State())

    private struct State {
        var report: RunReport?
        var waiting: [CheckedContinuation<RunReport, Never>] = []
        /// For whoever asks first: nothing is missed, however fast the run is.
        var first: BroadcastEvents<RunEvent>?
    }

    /// - Parameter isRead: whether anybody is going to read its events.
    init(isRead: Bool = true) {
        if isRead { state.withLock { [broadcast] in $0.first = broadcast.events(passing: .max) } }
    }

    /// Everything that happens, for a reader of its own. Whoever asks first gets all of it; later ones what still matters.
    public var events: BroadcastEvents<RunEvent> {
        let first = state.withLock { state in
            defer { state.first = nil }
            return state.first
        }
        return first ?? broadcast.events(passing: .max)
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

    func emit(_ event: RunEvent) { broadcast.send { _ in event } }

    func finish(_ report: RunReport) {
        let waiting = state.withLock { state in
            state.report = report
            defer { state.waiting = [] }
            return state.waiting
        }
        broadcast.finish()
        for waiter in waiting { waiter.resume(returning: report) }
    }
}
