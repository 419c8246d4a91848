import Synchronization
import WorkflowEngine

/// Stops the runs of a command: the one that is under way, and those that would come after it.
final class RunStop: Sendable {
    /// Somebody pressed Ctrl-C; or something newer is to be run.
    enum Cause: Sendable { case interruption, newerFiles }

    private let state = Mutex<(run: WorkflowRun?, cause: Cause?)>((nil, nil))

    /// Why it was stopped; `nil` while it goes on.
    var cause: Cause? { state.withLock { $0.cause } }

    /// A run that this is to stop; at once, if it was stopped before.
    func started(_ run: WorkflowRun) {
        let isLate = state.withLock { state in
            state.run = run
            return state.cause != nil
        }
        if isLate { run.cancel() }
    }

    func stop(because cause: Cause) {
        let run = state.withLock { state in
            if state.cause == nil { state.cause = cause }
            return state.run
        }
        run?.cancel()
    }
}
