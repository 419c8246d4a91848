internal import Synchronization
internal import WorkflowEngine

/// The jobs of a session: those that wait, the one that runs, those that ended. One runs at a time.
final class JobQueue: Sendable {
    private let configuration: SessionConfiguration
    private let cache: ResultCache
    private let clock: SessionClock
    private let worker: any RunWorker
    private let state: Mutex<State>

    private struct State {
        var line: WaitingLine<Job>
        /// All that can be asked for, by name.
        var jobs: [JobID: Job] = [:]
        var running: [Job] = []
        /// The oldest first.
        var ended: [JobID] = []
        /// Who serves the line, when it is empty.
        var idle: CheckedContinuation<Void, Never>?
        var isServed = false
        var isClosed = false
    }

    init(_ configuration: SessionConfiguration, cache: ResultCache, clock: SessionClock) {
        (self.configuration, self.cache, self.clock) = (configuration, cache, clock)
        switch configuration.computing.place {
        case .here: worker = LocalWorker(cache: cache)
        case .worker(let rules):
            worker = ProcessWorker(rules, setup: WorkerSetup(configuration), environment: configuration.environment.variables)
        }
        state = Mutex(State(line: WaitingLine(capacity: configuration.capacity)))
    }

    func submit(_ request: JobRequest, inFront: Bool, prepare: (Job) -> Void) throws(SessionError) -> Job {
        // The job may outlive the queue.
        let job = Job(request, clock: clock) { [weak self] in self?.withdraw($0) }
        prepare(job)
        let outcome = state.withLock {
            state -> (refusal: SessionError?, ahead: Int, idle: CheckedContinuation<Void, Never>?, starts: Bool) in
            if state.isClosed { return (SessionError(.closed, "the session was closed"), 0, nil, false) }
            if state.jobs[job.id] != nil { return (SessionError(.wrongRequest, "there is a job \(job.id) already"), 0, nil, false) }
            guard state.line.append(job, id: job.id, submitter: request.submitter, priority: request.priority, inFront: inFront) else {
                return (SessionError(.queueFull, "\(configuration.capacity) jobs are waiting already, which is the limit"), 0, nil, false)
            }
            state.jobs[job.id] = job
            let ahead = (state.line.count > 1 ? state.line.place(of: job.id) ?? 0 : 0) + state.running.count
            // Told before anybody can begin it.
            job.emit(.queued(ahead: ahead))
            defer { state.isServed = true }
            guard let idle = state.idle else { return (nil, ahead, nil, !state.isServed) }
            state.idle = nil
            return (nil, ahead, idle, false)
        }
        if let refusal = outcome.refusal { throw refusal }
        if let idle = outcome.idle {
            idle.resume()
        } else if outcome.starts {
            Task.detached { [self] in await serve() }
        }
        return job
    }

    /// Runs one job after another until the queue is closed.
    private func serve() async {
        while let job = await next() {
            job.begin()
            let report =
                job.isCancelled
                ? JobReport(end: .cancelled, count: job.count)
                : await JobRun(job: job, worker: worker, configuration: configuration, cache: cache).perform()
            finish(job, report)
        }
        worker.close()
    }

    /// The next job, as soon as there is one; `nil` when the queue was closed.
    private func next() async -> Job? {
        while true {
            let (job, isClosed) = state.withLock { (Self.take(from: &$0), $0.isClosed) }
            if let job { return job }
            if isClosed { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.line.isEmpty || state.isClosed { return true }
                    state.idle = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    private static func take(from state: inout State) -> Job? {
        guard let job = state.line.popFirst() else { return nil }
        state.running.append(job)
        return job
    }

    private func finish(_ job: Job, _ report: JobReport) {
        state.withLock { state in
            state.running.removeAll { $0.id == job.id }
            remember(job.id, in: &state)
        }
        job.end(report)
    }

    private func remember(_ id: JobID, in state: inout State) {
        state.ended.append(id)
        while state.ended.count > configuration.rememberedJobs { state.jobs[state.ended.removeFirst()] = nil }
    }

    /// Ends a job that waits.
    private func withdraw(_ id: JobID) {
        let job = state.withLock { state -> Job? in
            guard let job = state.line.remove(id) else { return nil }
            remember(id, in: &state)
            return job
        }
        if let job { job.end(JobReport(end: .cancelled, count: job.count)) }
    }

    func change(_ body: (inout WaitingLine<Job>) -> Bool) -> Bool { state.withLock { body(&$0.line) } }

    func job(_ id: JobID) -> Job? { state.withLock { $0.jobs[id] } }
    func place(of id: JobID) -> Int? { state.withLock { $0.line.place(of: id) } }
    var waiting: [Job] { state.withLock { state in state.line.order.compactMap { state.jobs[$0] } } }
    var running: [Job] { state.withLock { $0.running } }
    var ended: [Job] { state.withLock { state in state.ended.compactMap { state.jobs[$0] } } }
    var workerProcess: Int32? { worker.process }

    func close() {
        let (left, running, idle, isServed) = state.withLock { state in
            state.isClosed = true
            defer { state.idle = nil }
            let left = state.line.removeAll()
            for job in left { remember(job.id, in: &state) }
            return (left, state.running, state.idle, state.isServed)
        }
        for job in left { job.end(JobReport(end: .cancelled, count: job.count)) }
        for job in running { job.cancel() }
        idle?.resume()
        if !isServed { worker.close() }
    }
}
