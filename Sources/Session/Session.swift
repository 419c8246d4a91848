internal import Diffusion
internal import Networks
internal import Problems
internal import Synchronization
internal import Tensors
public import WorkflowEngine
internal import Workflows

/// # Session
///
/// What a person or a program does with workflows, without a terminal and without a network: open one, see what is wrong with it, plan
/// it, have it computed, watch its files, lock it. The command line is a driver of it, and so is a server.
///
/// ```
/// source ──open──▶ Workflow ──JobRequest──▶ submit ──▶ Job ──▶ events, report
///                                             │ WaitingLine: front, priority, submitters in turn
///                                             ▼
///                                        RunWorker: this process, or one that may die
/// ```
///
/// Read first, depending on what you came for:
/// - **to drive it**: `SessionConfiguration`, `Session.open`, `JobRequest`, `Job`, `JobEvent`;
/// - **to know who is served when**: `WaitingLine`;
/// - **to see how several runs become one job**: `Parts/`;
/// - **to see how another process computes**: `Workers/`, `Protocol/`.
///
/// Nothing in it prints, and nothing reads the process's arguments or environment.
public final class Session: Sendable {
    public let configuration: SessionConfiguration
    private let clock = SessionClock()
    private let state = Mutex(State())

    private struct State {
        var cache: ResultCache?
        var queue: JobQueue?
        var isClosed = false
    }

    /// Costs nothing: caches, threads and processes are made when somebody needs them.
    public init(_ configuration: SessionConfiguration) { self.configuration = configuration }

    deinit { state.withLock { $0.queue }?.close() }

    /// The results that are known, for plans; computing here uses it, too.
    public var cache: ResultCache {
        state.withLock { state in
            if let cache = state.cache { return cache }
            if case .here = configuration.computing.place { configuration.computing.apply() }
            let cache = configuration.cache.cache
            state.cache = cache
            return cache
        }
    }

    // MARK: Jobs

    /// Puts a job into the queue.
    ///
    /// - Parameters:
    ///   - inFront: before everything that waits.
    ///   - prepare: gets the job before it can begin; events that are asked for here miss nothing.
    /// - Throws: `SessionError` when nothing of its workflow can run, when it asks for a node that isn't there, or when the queue is full.
    @discardableResult
    public func submit(
        _ request: JobRequest, inFront: Bool = false, prepare: (Job) -> Void = { _ in }
    ) throws(SessionError) -> Job {
        let graph = try request.workflow.runnable()
        for name in request.run.forcedNodes.sorted() where graph.index(of: name) == nil {
            let nearest = NearestMatch.of(name, among: graph.nodes.map(\.name)).map { "; did you mean \($0)?" } ?? ""
            throw SessionError(.wrongRequest, "--force-node: the workflow has no node \"\(name)\"\(nearest)")
        }
        return try queue().submit(request, inFront: inFront, prepare: prepare)
    }

    private func queue() throws(SessionError) -> JobQueue {
        let cache = cache
        let queue = state.withLock { state -> JobQueue? in
            if state.isClosed { return nil }
            if let queue = state.queue { return queue }
            let queue = JobQueue(configuration, cache: cache, clock: clock)
            state.queue = queue
            return queue
        }
        guard let queue else { throw SessionError(.closed, "the session was closed") }
        return queue
    }

    /// A job that waits, runs, or ended not long ago.
    public func job(_ id: JobID) -> Job? { state.withLock { $0.queue }?.job(id) }

    /// What waits, in the order in which it will run if nothing else comes.
    public var waiting: [Job] { state.withLock { $0.queue }?.waiting ?? [] }

    /// What runs.
    public var running: [Job] { state.withLock { $0.queue }?.running ?? [] }

    /// What ended, the latest last.
    public var ended: [Job] { state.withLock { $0.queue }?.ended ?? [] }

    /// How many jobs run before this one, if nothing else comes; `nil` when it doesn't wait.
    public func place(of id: JobID) -> Int? { state.withLock { $0.queue }?.place(of: id) }

    /// Puts a job that waits before all others.
    ///
    /// - Returns: false when it doesn't wait.
    @discardableResult
    public func moveToFront(_ id: JobID) -> Bool { state.withLock { $0.queue }?.change { $0.moveToFront(id) } ?? false }

    /// Gives a job that waits another priority.
    ///
    /// - Returns: false when it doesn't wait.
    @discardableResult
    public func setPriority(_ priority: Double, of id: JobID) -> Bool {
        state.withLock { $0.queue }?.change { $0.setPriority(priority, of: id) } ?? false
    }

    /// The process that computes now, where that is another one.
    public var workerProcess: Int32? { state.withLock { $0.queue }?.workerProcess }

    /// Takes no more jobs, cancels those that wait and that run, and lets the process that computes end.
    public func close() {
        let queue = state.withLock { state in
            state.isClosed = true
            return state.queue
        }
        queue?.close()
    }
}

extension ComputingRules {
    /// Sets what holds for the whole process.
    func apply() {
        if let threads { ComputeThreads.set(threads) }
        if let memory { MemoryBudget.limit = memory }
    }
}
