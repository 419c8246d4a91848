internal import Cancellations
internal import Digests
internal import Synchronization

/// Runs graphs: one node at a time, each with all threads; independent branches survive a failure.
public final class Engine: Sendable {
    public let library: any NodeLibrary
    public let cache: ResultCache
    /// One run computes at a time.
    private let lane = Mutex<Void>(())

    public init(library: any NodeLibrary, cache: ResultCache = ResultCache()) {
        self.library = library
        self.cache = cache
    }

    /// Starts a run; it goes on by itself, whether or not anybody reads its events.
    public func start(_ graph: ResolvedGraph, options: RunOptions = RunOptions()) -> WorkflowRun {
        let run = WorkflowRun()
        ComputeThread.start { [self] in
            let report = lane.withLock { _ in evaluate(graph, options: options, run: run) }
            run.finish(report)
        }
        return run
    }

    /// Runs a graph to its end. Blocks the calling thread's task, not the thread.
    public func run(_ graph: ResolvedGraph, options: RunOptions = RunOptions()) async -> RunReport {
        await start(graph, options: options).report
    }

    /// What running the graph would come to. Runs nothing.
    public func plan(_ graph: ResolvedGraph, options: RunOptions = RunOptions()) -> ExecutionPlan {
        let workflow = options.workflow ?? Self.identity(of: graph)
        let evaluation = Evaluation(
            graph: graph, library: library, cache: cache, options: options, history: cache.history(of: workflow),
            cancellation: Cancellation(), sink: { _ in })
        return evaluation.forecast()
    }

    private func evaluate(_ graph: ResolvedGraph, options: RunOptions, run: WorkflowRun) -> RunReport {
        let start = Clock.now
        let workflow = options.workflow ?? Self.identity(of: graph)
        let history = cache.history(of: workflow)
        let recorder = HistoryRecorder(history, of: workflow, in: cache)
        let evaluation = Evaluation(
            graph: graph, library: library, cache: cache, options: options, history: history, recorder: recorder,
            cancellation: run.cancellation, sink: { run.emit($0) })
        run.emit(.planned(nodes: evaluation.neededCount))
        var interrupted = false
        do {
            try evaluation.run()
        } catch {
            interrupted = true
            run.emit(.interrupted)
        }
        recorder.finish()
        let found = evaluation.newHistory()
        if found != history { cache.setHistory(found, of: workflow) }
        cache.flush()
        for note in cache.disk?.takeNotes() ?? [] {
            run.emit(.warning(node: nil, message: note))
        }
        return evaluation.report(seconds: Clock.now - start, interrupted: interrupted, warnings: run.warnings)
    }

    /// A workflow without a name is known by the names of its nodes: an edit of values keeps it the same.
    static func identity(of graph: ResolvedGraph) -> String {
        var builder = DigestBuilder()
        for node in graph.nodes {
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
