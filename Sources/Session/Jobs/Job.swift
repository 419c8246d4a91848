internal import Cancellations
internal import Synchronization
public import WorkflowEngine
internal import Workflows

/// A job that was submitted: what happens to it, what it came to, and the way to stop it.
public final class Job: Sendable {
    public let id: JobID
    public let request: JobRequest
    /// How many runs it is to have.
    public let count: Int
    let control = RunControl()
    private let broadcast = Broadcast<JobEvent> { $0.kind.retention }
    private let clock: SessionClock
    private let state = Mutex(State())
    /// Takes it out of the queue if it waits.
    private let withdraw: @Sendable (JobID) -> Void

    private struct State {
        var stage = Stage.waiting
        var report: JobReport?
        var waiting: [CheckedContinuation<JobReport, Never>] = []
    }

    /// How far it is.
    public enum Stage: String, Sendable, Codable { case waiting, running, ended }

    init(_ request: JobRequest, clock: SessionClock, withdraw: @escaping @Sendable (JobID) -> Void) {
        (id, self.request, self.clock, self.withdraw) = (request.id, request, clock, withdraw)
        switch request.variation {
        case .once: count = 1
        case .sweep(let sweep, _): count = sweep.points.count
        case .repeated(let times, _): count = times
        }
        control.setPreviews(request.previews)
    }

    public var stage: Stage { state.withLock { $0.stage } }

    /// Everything that happens, for a reader of its own; whoever comes later gets what still matters first.
    ///
    /// - Parameters:
    ///   - sequence: the last event that is known already.
    ///   - passing: how many steps and previews may wait for this reader before the oldest are lost; a few dozen without it.
    public func events(after sequence: UInt64 = 0, passing: Int? = nil) -> BroadcastEvents<JobEvent> {
        broadcast.events(after: sequence, passing: passing)
    }

    /// What it came to, when it has ended.
    public var report: JobReport {
        get async {
            await withCheckedContinuation { continuation in
                let known = state.withLock { state -> JobReport? in
                    if state.report == nil { state.waiting.append(continuation) }
                    return state.report
                }
                if let known { continuation.resume(returning: known) }
            }
        }
    }

    /// What it came to; `nil` while it waits or runs.
    public var reportSoFar: JobReport? { state.withLock { $0.report } }

    /// Takes it out of the queue, or stops it within a step. What is finished is kept. Safe at any time, also more than once.
    public func cancel() {
        control.cancel()
        withdraw(id)
    }

    /// Whether somebody stopped it.
    public var isCancelled: Bool { control.isCancelled }

    /// Asks for intermediate pictures from now on, or for no more.
    public func setPreviews(_ wish: PreviewWish) { control.setPreviews(wish) }

    // MARK: For the queue

    func emit(_ kind: JobEvent.Kind, run: Int? = nil) {
        let (time, date) = clock.now
        broadcast.send { JobEvent(sequence: $0, time: time, date: date, job: id, run: run, kind: kind) }
    }

    func begin() {
        state.withLock { $0.stage = .running }
        emit(.began)
    }

    func end(_ report: JobReport) {
        // The report is there before anybody hears that it is.
        let waiting = state.withLock { state -> [CheckedContinuation<JobReport, Never>]? in
            guard state.report == nil else { return nil }
            (state.stage, state.report) = (.ended, report)
            defer { state.waiting = [] }
            return state.waiting
        }
        guard let waiting else { return }
        emit(.ended(report.end, message: report.problem.map { "\($0)" }))
        broadcast.finish()
        for waiter in waiting { waiter.resume(returning: report) }
    }
}

/// What a run is told from outside while it goes on.
final class RunControl: Sendable {
    /// Current while the run computes, where that is in this process.
    let cancellation = Cancellation()
    private let wish = Mutex(PreviewWish.none)
    private let listener = Mutex<(@Sendable (Change) -> Void)?>(nil)

    enum Change: Sendable { case cancelled, previews(PreviewWish) }

    var isCancelled: Bool { cancellation.isCancelled }
    var previews: PreviewWish { wish.withLock { $0 } }

    func cancel() {
        cancellation.cancel()
        listener.withLock { $0 }?(.cancelled)
    }

    func setPreviews(_ new: PreviewWish) {
        wish.withLock { $0 = new }
        listener.withLock { $0 }?(.previews(new))
    }

    /// Who passes changes on to another process; told at once of what was asked before.
    func listen(_ body: (@Sendable (Change) -> Void)?) {
        listener.withLock { $0 = body }
        if isCancelled { body?(.cancelled) }
    }
}

/// When things happen in a session.
struct SessionClock: Sendable {
    private let start = ContinuousClock.now

    /// Seconds since the session began, and since 1970.
    var now: (time: Double, date: Double) { ((ContinuousClock.now - start) / .seconds(1), WallClock.seconds) }
}
