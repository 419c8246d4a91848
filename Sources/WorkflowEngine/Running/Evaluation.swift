internal import Problems
internal import Cancellations
internal import Digests
internal import Synchronization
internal import Workflows

/// One run in progress: evaluation on demand, from the outputs backwards.
///
/// Each node is asked one of two questions. *What is your digest?* is answered from records where possible, and needs no
/// value. *Give me your value* is asked only for nodes that really run. Both are kept on a stack of our own, so the
/// depth of a graph is no one's problem. Values are dropped when the last node that could ask for them is final.
final class Evaluation {
    let graph: ResolvedGraph
    let library: any NodeLibrary
    let cache: ResultCache
    let options: RunOptions
    let history: RunHistory
    private let recorder: HistoryRecorder?
    /// Where files are written to now.
    let places: OutputPlaces
    let emit: (RunEvent) -> Void
    let cancellation: Cancellation

    var nodes: [NodeProgress]
    var files: [RunReport.File] = []
    var texts: [(node: NodeLabel, text: String)] = []
    private let metadata: WorkflowMetadata
    private var hasWarnings = false
    private let sink: @Sendable (RunEvent) -> Void
    private let previews: PreviewPipe?

    /// A question to a node.
    enum Question { case digest, value(slot: Int) }

    /// The run was asked to stop.
    struct Interruption: Error {}

    init(
        graph: ResolvedGraph, library: any NodeLibrary, cache: ResultCache, options: RunOptions, history: RunHistory,
        recorder: HistoryRecorder? = nil, cancellation: Cancellation, sink: @escaping @Sendable (RunEvent) -> Void
    ) {
        self.graph = graph
        self.library = library
        self.cache = cache
        self.options = options
        self.history = history
        self.recorder = recorder
        places = OutputPlaces(library)
        self.cancellation = cancellation
        self.sink = sink
        self.emit = sink
        previews = options.previews.map { PreviewPipe($0, emit: sink) }
        metadata = WorkflowMetadata(workflow: options.uiText, carried: options.carriedText, prompt: { graph.promptText })
        nodes = graph.nodes.map { NodeProgress($0) }
        countConsumers()
    }

    /// Marks what the outputs need, and counts for each node who may still ask it.
    private func countConsumers() {
        let needed = GraphWalk(sources: nodes.map(\.sources)).reachable(from: graph.outputs)
        for index in nodes.indices where needed[index] {
            nodes[index].isNeeded = true
            for source in nodes[index].sources { nodes[source].openConsumers += 1 }
        }
        // Values that the caller wants have one consumer more: the caller.
        if options.wantsValues { for output in graph.outputs { nodes[output].openConsumers += 1 } }
    }

    var neededCount: Int { nodes.count { $0.isNeeded } }

    // MARK: The two questions

    /// Answers every output.
    func run() throws(Interruption) {
        for output in graph.outputs {
            try ask(output, .digest)
            if options.wantsValues {
                for slot in graph.nodes[output].spec.outputs.indices { try ask(output, .value(slot: slot)) }
            }
        }
    }

    private func ask(_ node: Int, _ question: Question) throws(Interruption) {
        var stack: [(node: Int, question: Question)] = [(node, question)]
        while let top = stack.last {
            if cancellation.isCancelled { throw Interruption() }
            let asker = stack.count > 1 ? stack[stack.count - 2].node : nil
            if let demand = try advance(top.node, top.question, asker: asker) {
                stack.append(demand)
            } else {
                stack.removeLast()
            }
        }
    }

    /// One step towards an answer: what must be known first, or `nil` when there is nothing more to find out.
    private func advance(
        _ n: Int, _ question: Question, asker: Int?
    ) throws(Interruption) -> (node: Int, question: Question)? {
        if nodes[n].status == .open {
            if let demand = try settle(n) { return demand }
        }
        guard case .value(let slot) = question, nodes[n].isAnswered, nodes[n].values[slot] == nil else { return nil }
        if nodes[n].rerun == nil {
            if load(n, slot) { return nil }
            let stub = nodes[n].outputs[slot].first { cache.place(of: $0) == nil } ?? nodes[n].outputs[slot].first
            let storable = stub.map { library.codec(for: $0.typeName) != nil } ?? true
            nodes[n].rerun =
                storable || cache.disk == nil
                ? .evicted : .neededAgain(by: asker.map { graph.nodes[$0].name } ?? "a caller")
        }
        return try runWhenReady(n, because: nodes[n].rerun ?? .evicted)
    }

    /// Finds a node's digests: from a record, or by running it.
    private func settle(_ n: Int) throws(Interruption) -> (node: Int, question: Question)? {
        if nodes[n].key == nil {
            if let demand = try prepare(n) { return demand }
            guard nodes[n].status == .open else { return nil }
        }
        guard let key = nodes[n].key else { return nil }
        if let reason = nodes[n].mustRun { return try runWhenReady(n, because: reason) }
        let spec = graph.nodes[n].spec
        if spec.alwaysRuns {
            nodes[n].mustRun = .alwaysRuns
        } else if options.forcesAll || options.forcedNodes.contains(graph.nodes[n].name) {
            nodes[n].mustRun = .forced
        } else if let record = cache.record(key), record.outputs.count == spec.outputs.count {
            switch places.find(record) {
            case .gone(let path): nodes[n].mustRun = .outputMissing(path: path)
            case .intact(let files):
                adopt(record, files, for: n)
                return nil
            }
        } else {
            nodes[n].mustRun = reasonToRun(n)
        }
        return try runWhenReady(n, because: nodes[n].mustRun ?? .firstTime)
    }

    /// Gathers what a node's key is made of. Ends with `key` set, a demand, or the node failed or skipped.
    private func prepare(_ n: Int) throws(Interruption) -> (node: Int, question: Question)? {
        guard let implementation = library.implementation(of: graph.nodes[n].spec.type) else {
            fail(n, NodeCall.ShapeError("nothing here can run \(graph.nodes[n].spec.type)"))
            return nil
        }
        nodes[n].implementation = implementation
        for input in graph.nodes[n].inputs {
            guard let source = nodes[n].askedSource(of: input) else { continue }
            switch nodes[source.node].status {
            case .open: return (source.node, .digest)
            case .failed, .skipped:
                skip(n, because: source.node)
                return nil
            case .known, .ran: break
            }
        }
        if nodes[n].hasLazyInputs, let demand = askLazyInputs(n, implementation) { return demand }
        guard nodes[n].status == .open else { return nil }
        do {
            try makeKey(n, implementation)
        } catch {
            if cancellation.isCancelled { throw Interruption() }
            fail(n, error)
        }
        return nil
    }

    /// Asks the node which of its lazy inputs it needs; `nil` when it has all it asked for.
    private func askLazyInputs(_ n: Int, _ implementation: any NodeImplementation) -> (node: Int, question: Question)? {
        for input in graph.nodes[n].inputs {
            guard let source = nodes[n].askedSource(of: input) else { continue }
            if nodes[source.node].values[source.output] == nil { return (source.node, .value(slot: source.output)) }
        }
        let lazy = graph.nodes[n].inputs.filter { $0.isLazy && !nodes[n].asked.contains($0.name) }.map(\.name)
        if lazy.isEmpty { return nil }
        do {
            let call = call(n, implementation)
            var wanted = Set<String>()
            for index in 0..<(try call.callCount()) {
                wanted.formUnion(try implementation.neededInputs(try call.arguments(index), lazy: lazy))
            }
            let new = wanted.intersection(lazy)
            if new.isEmpty { return nil }
            nodes[n].asked.formUnion(new)
        } catch {
            fail(n, error)
            return nil
        }
        // Again from the top, with the new inputs among those that must be known.
        return (n, .digest)
    }

    // MARK: Running

    /// Runs the node once all its values are there; until then, says which one is missing.
    private func runWhenReady(_ n: Int, because reason: RunReason) throws(Interruption) -> (node: Int, question: Question)? {
        for input in graph.nodes[n].inputs {
            guard let source = nodes[n].askedSource(of: input) else { continue }
            switch nodes[source.node].status {
            case .failed, .skipped:
                skip(n, because: source.node)
                return nil
            default:
                if nodes[source.node].values[source.output] == nil { return (source.node, .value(slot: source.output)) }
            }
        }
        try execute(n, because: reason)
        return nil
    }

    private func execute(_ n: Int, because reason: RunReason) throws(Interruption) {
        guard let implementation = nodes[n].implementation else { return }
        let label = nodes[n].label
        nodes[n].reason = reason
        emit(.started(node: label, reason: reason))
        let start = Clock.now
        let rate = ProgressRate(start: start)
        let sink = sink, options = options, metadata = metadata(for: n)
        let warnings = Mutex<[String]>([]), known = nodes[n].warnings
        let cache = cache, key = nodes[n].key, previews = previews
        let request = options.previews
        let wantsPreviews: @Sendable () -> Bool = { request?.isWanted() == true }
        let outcome: NodeCall.Outcome
        var points: [ResumePoint] = []
        do {
            defer { previews?.finish() }
            outcome = try call(n, implementation).run(stoppedBy: cancellation) { index, count in
                let point = key.flatMap {
                    cache.resumePoint($0, index: index, interval: options.resumeInterval, ignoresEarlier: reason == .forced)
                }
                if let point { points.append(point) }
                return RunContext(
                    node: label.name, title: label.title, type: label.type, listIndex: index, listCount: count,
                    metadata: metadata, resumePoint: point,
                    wantsPreviews: wantsPreviews
                ) { message in
                    switch message {
                    case .progress(let step, let of):
                        sink(.progress(node: label, step: step, of: of, rate: rate.stepped(to: step)))
                    case .resumed(let step, let of):
                        rate.resumed(at: step)
                        sink(.resumed(node: label, step: step, of: of))
                    case .preview(let value, let step, let of): previews?.show(value, node: label, step: step, of: of)
                    case .warning(let text):
                        let isNew = warnings.withLock { told in
                            if known.contains(text) || told.contains(text) { return false }
                            told.append(text)
                            return true
                        }
                        // At once: whoever looks on may want to stop.
                        if isNew, !options.isStrict { sink(.warning(node: label, message: text)) }
                    }
                }
            }
        } catch {
            if error.cause is CancellationError || cancellation.isCancelled { throw Interruption() }
            nodes[n].warnings += warnings.withLock { $0 }
            fail(n, error.cause, element: error.index)
            return
        }
        // A node may have gone on without what it asked for when it was stopped: its result is nobody's.
        if cancellation.isCancelled { throw Interruption() }
        let seconds = Clock.now - start
        guard warn(n, warnings.withLock { $0 }, areTold: true), warn(n, outcome.blockedMessages) else { return }
        finish(n, outcome, seconds: seconds, before: points.reduce(0) { $0 + $1.secondsBefore })
    }

    /// - Parameter before: seconds of interrupted runs that this one went on from: what it would cost to do without the result.
    private func finish(_ n: Int, _ outcome: NodeCall.Outcome, seconds: Double, before: Double) {
        let label = nodes[n].label
        let stubs: [[ContentStub]]
        do {
            stubs = try outcome.values.map { try $0.map { try ContentStub(of: $0) } }
        } catch {
            fail(n, error)
            return
        }
        for (index, file) in outcome.files.enumerated() {
            files.append(.init(node: label, file: file, index: index, isReused: false))
            emit(.outputFile(node: label, file: file, isReused: false))
        }
        show(outcome.texts, of: label)
        if let key = nodes[n].key, !graph.nodes[n].spec.alwaysRuns {
            let written = outcome.files.isEmpty ? [] : places.written(outcome.files).map { [$0] }
            // A file that is gone already can't be vouched for later.
            if let written {
                var record = ResultRecord(
                    key: key, type: label.type, outputs: stubs, files: written, texts: outcome.texts,
                    warnings: nodes[n].warnings, seconds: seconds + before)
                if !written.isEmpty { record.keep(cache.record(key)) }
                cache.store(record, values: outcome.values, library: library)
            }
            cache.dropResumePoints(key)
        }
        // A second run of something that was known gives the same bytes; what depends on the first digests stays.
        if nodes[n].status == .open { nodes[n].outputs = stubs }
        nodes[n].values = outcome.values.map { $0 }
        nodes[n].status = .ran
        nodes[n].seconds += seconds
        nodes[n].trace?.seconds = seconds + before
        if let trace = nodes[n].trace { recorder?.note(trace, of: label.name) }
        emit(.finished(node: label, seconds: seconds))
        makeFinal(n)
    }

    // MARK: Ends without running

    private func adopt(_ record: ResultRecord, _ found: [OutputFile], for n: Int) {
        let label = nodes[n].label
        nodes[n].outputs = record.outputs
        nodes[n].status = .known
        nodes[n].trace?.seconds = record.seconds
        if let trace = nodes[n].trace, history.traces[label.name] != trace { recorder?.note(trace, of: label.name) }
        for (index, file) in found.enumerated() {
            files.append(.init(node: label, file: file, index: index, isReused: true))
            emit(.outputFile(node: label, file: file, isReused: true))
        }
        show(record.texts, of: label)
        guard warn(n, record.warnings) else { return }
        if nodes[n].openConsumers == 0 { makeFinal(n) }
    }

    /// Tells what a node did otherwise than was asked, each thing once.
    ///
    /// - Returns: false when that is a failure in this run; the node has failed then.
    private func warn(_ n: Int, _ messages: [String], areTold: Bool = false) -> Bool {
        for message in messages where !nodes[n].warnings.contains(message) {
            nodes[n].warnings.append(message)
            hasWarnings = true
            if !options.isStrict, !areTold { emit(.warning(node: nodes[n].label, message: message)) }
        }
        guard options.isStrict, let first = nodes[n].warnings.first, nodes[n].status != .failed else { return true }
        fail(n, StrictFailure(first, hint: StrictFailure.Code.only.hint))
        return false
    }

    /// What files of a node carry: the workflow, and what was done otherwise than was asked on the way to it.
    private func metadata(for n: Int) -> WorkflowMetadata {
        var metadata = metadata
        metadata.warnings = options.warnings
        guard hasWarnings else { return metadata }
        let before = GraphWalk(sources: nodes.map(\.sources)).reachable(from: [n])
        for index in nodes.indices where before[index] {
            metadata.warnings += nodes[index].warnings.map { "\(nodes[index].label.name): \($0)" }
        }
        return metadata
    }

    private func show(_ shown: [String], of label: NodeLabel) {
        for text in shown {
            texts.append((label, text))
            emit(.text(node: label, text: text))
        }
    }

    private func fail(_ n: Int, _ error: any Error, element: Int? = nil) {
        let failure = RunFailure(node: nodes[n].label, listIndex: element, message: "\(error)", cause: error)
        nodes[n].status = .failed
        nodes[n].failure = failure
        nodes[n].values = nodes[n].values.map { _ in nil }
        emit(.failed(failure))
        makeFinal(n)
    }

    private func skip(_ n: Int, because source: Int) {
        let root = nodes[source].skippedBecause ?? nodes[source].label.name
        nodes[n].status = .skipped
        nodes[n].skippedBecause = root
        emit(.skipped(node: nodes[n].label, because: root))
        makeFinal(n)
    }

    // MARK: Values

    /// Brings one output of a known node into memory, from whatever tier has it.
    private func load(_ n: Int, _ slot: Int) -> Bool {
        var values: [any WorkflowValue] = []
        var place: ResultCache.Place?
        for stub in nodes[n].outputs[slot] {
            guard let found = cache.content(stub, library: library) else { return false }
            values.append(found.value)
            if stub.inline == nil, place != .disk { place = found.place }
        }
        nodes[n].values[slot] = values
        if let place { nodes[n].place = place }
        return true
    }

    /// The node is settled and won't run again: its sources have one possible asker less.
    private func makeFinal(_ first: Int) {
        var waiting = [first]
        while let n = waiting.popLast() {
            if nodes[n].isFinal { continue }
            nodes[n].isFinal = true
            if nodes[n].status == .known { emit(.reused(node: nodes[n].label, from: nodes[n].place)) }
            if nodes[n].openConsumers == 0 { nodes[n].dropValues() }
            for source in nodes[n].sources {
                nodes[source].openConsumers -= 1
                guard nodes[source].openConsumers == 0 else { continue }
                nodes[source].dropValues()
                // Known from a record, and nobody can ask for its value any more.
                if nodes[source].status == .known { waiting.append(source) }
            }
        }
    }

    /// The call with the values that are there: all that were asked for.
    private func call(_ n: Int, _ implementation: any NodeImplementation) -> NodeCall {
        var call = NodeCall(
            spec: graph.nodes[n].spec, implementation: implementation, inputs: [], checksRanges: graph.checksRanges)
        for input in graph.nodes[n].inputs {
            guard nodes[n].asks(for: input) else { continue }
            switch input.binding {
            case .literal(let value): call.inputs.append((input.name, [value.value]))
            case .link(let source):
                if let values = nodes[source.node].values[source.output] { call.inputs.append((input.name, values)) }
            }
        }
        return call
    }
}
