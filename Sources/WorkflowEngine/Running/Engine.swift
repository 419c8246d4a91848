public import Cancellations
internal import Digests
internal import Synchronization
public import Workflows

/// Runs graphs: one node at a time, each with all threads; independent branches survive a failure.
public final class Engine: Sendable {
    public let library: any NodeLibrary
    public let cache: ResultCache
    /// Where runs are computed, one after another in the order in which they were started.
    public let lane: ComputeLane

    /// - Parameter lane: engines that share one take turns; of its own, an engine may compute beside others.
    public init(library: any NodeLibrary, cache: ResultCache = ResultCache(), lane: ComputeLane = ComputeLane()) {
        self.library = library
        self.cache = cache
        self.lane = lane
    }

    /// Starts a run; it goes on by itself, whether or not anybody reads its events.
    ///
    /// - Throws: `LaneError` when too many runs wait already, or when there is no thread to compute on.
    public func start(_ graph: ResolvedGraph, options: RunOptions = RunOptions()) throws(LaneError) -> WorkflowRun {
        try start(graph, options: options, isRead: true)
    }

    private func start(_ graph: ResolvedGraph, options: RunOptions, isRead: Bool) throws(LaneError) -> WorkflowRun {
        let run = WorkflowRun(isRead: isRead)
        try lane.submit { [self] in
            run.finish(compute(graph, options: options, cancellation: run.cancellation, emit: { run.emit($0) }))
        }
        return run
    }

    /// Runs a graph to its end. Blocks the calling thread's task, not the thread.
    ///
    /// - Throws: `LaneError` when too many runs wait already, or when there is no thread to compute on.
    public func run(_ graph: ResolvedGraph, options: RunOptions = RunOptions()) async throws(LaneError) -> RunReport {
        await (try start(graph, options: options, isRead: false)).report
    }

    /// What running the graph would come to. Runs nothing.
    public func plan(_ graph: ResolvedGraph, options: RunOptions = RunOptions()) -> ExecutionPlan {
        let evaluation = Evaluation(
            graph: graph, library: library, cache: cache, options: options, history: history(of: options),
            cancellation: Cancellation(), sink: { _ in })
        return evaluation.forecast()
    }

    /// Runs a graph to its end on the calling thread, whatever else runs in the process: for those who have a lane of their own.
    ///
    /// - Parameters:
    ///   - cancellation: stops the run; current while a node computes.
    ///   - emit: told everything, in order; the run waits meanwhile. Previews come from another thread than the rest.
    public func compute(
        _ graph: ResolvedGraph, options: RunOptions = RunOptions(), cancellation: Cancellation = Cancellation(),
        emit: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) -> RunReport {
        let start = Clock.now
        let history = history(of: options)
        let recorder = options.workflow.map { HistoryRecorder(history, of: $0, in: cache) }
        let warnings = Mutex<[String]>(options.warnings)
        let emit: @Sendable (RunEvent) -> Void = { event in
            if case .warning(let node, let message) = event {
                warnings.withLock { $0.append(node.map { "\($0.name): \(message)" } ?? message) }
            }
            emit(event)
        }
        let evaluation = Evaluation(
            graph: graph, library: library, cache: cache, options: options, history: history, recorder: recorder,
            cancellation: cancellation, sink: emit)
        emit(.planned(nodes: evaluation.neededCount))
        var interrupted = false
        do {
            try evaluation.run()
        } catch {
            interrupted = true
            emit(.interrupted)
        }
        recorder?.finish()
        if let workflow = options.workflow {
            let found = evaluation.newHistory()
            if found != history { cache.setHistory(found, of: workflow) }
        }
        cache.flush()
        for note in cache.disk?.takeNotes() ?? [] {
            emit(.warning(node: nil, message: note))
        }
        return evaluation.report(seconds: Clock.now - start, interrupted: interrupted, warnings: warnings.withLock { $0 })
    }

    private func history(of options: RunOptions) -> RunHistory {
        options.workflow.map { cache.history(of: $0) } ?? RunHistory()
    }
}

extension ResolvedGraph {
    /// A name for a workflow that has none: told by the names and types of its nodes, so that an edit of values keeps it the same.
    ///
    /// Two workflows with the same nodes share it. Where that may be (prompts of several people), callers choose a name themselves.
    public var shape: String {
        var builder = DigestBuilder()
        for node in nodes {
            builder.add(node.name)
            builder.add(node.spec.type)
        }
        return "\(builder.finish())"
    }
}

extension Evaluation {
    /// The last run's traces, with what this run found out in their place. A node that didn't get its turn keeps what
    /// was known.
    func newHistory() -> RunHistory {
        var history = RunHistory()
        history.traces.reserveCapacity(nodes.count)
        for node in nodes {
            if node.isAnswered, let trace = node.trace {
                history.traces[node.label.name] = trace
            } else if let old = self.history.traces[node.label.name] {
                history.traces[node.label.name] = old
            }
        }
        return history
    }

    func report(seconds: Double, interrupted: Bool, warnings: [String]) -> RunReport {
        var report = RunReport(
            nodes: [], files: files, texts: texts, warnings: warnings, values: [:], seconds: seconds,
            isInterrupted: interrupted)
        for node in nodes where node.isNeeded {
            let status: RunReport.Status
            switch node.status {
            case .known: status = .reused
            case .ran: status = .ran
            case .failed: status = .failed
            case .skipped: status = .skipped
            // Nothing asked for it: a lazy branch not taken, or a failure came first.
            case .open: if interrupted { status = .interrupted } else { continue }
            }
            report.nodes.append(
                .init(
                    label: node.label, status: status, reason: node.reason, place: node.place, seconds: node.seconds,
                    failure: node.failure, skippedBecause: node.skippedBecause))
        }
        if options.wantsValues {
            for output in graph.outputs where nodes[output].values.allSatisfy({ $0 != nil }) {
                report.values[graph.nodes[output].name] = nodes[output].values.map { $0 ?? [] }
            }
        }
        return report
    }
}
