internal import Digests
internal import Workflows

/// What a run knows of one node so far.
struct NodeProgress {
    enum Status {
        /// Nothing is known yet.
        case open
        /// Digests are known from a record; values may have to be loaded.
        case known
        case ran
        case failed
        case skipped
    }

    let label: NodeLabel
    /// Nodes it takes values from, each once.
    let sources: [Int]
    let hasLazyInputs: Bool
    var isNeeded = false
    var status = Status.open
    var implementation: (any NodeImplementation)?
    var key: Digest?
    var trace: NodeTrace?
    /// Lazy inputs the node asked for.
    var asked: Set<String> = []
    /// Why it has to run, before it did.
    var mustRun: RunReason?
    /// Why it runs although a record was found.
    var rerun: RunReason?
    /// Why it ran.
    var reason: RunReason?
    /// Per output its elements, once known.
    var outputs: [[ContentStub]] = []
    /// Per output its elements' values, while somebody may need them and they are in memory.
    var values: [[any WorkflowValue]?]
    /// Nodes that may still ask for a value.
    var openConsumers = 0
    /// It won't run, or run again.
    var isFinal = false
    var seconds = 0.0
    /// Where its value was taken from.
    var place: ResultCache.Place?
    var failure: RunFailure?
    /// What it did otherwise than was asked, each told once.
    var warnings: [String] = []
    var skippedBecause: String?

    init(_ node: ResolvedGraph.Node) {
        label = NodeLabel(name: node.name, title: node.title, type: node.spec.type)
        var sources: [Int] = []
        for input in node.inputs {
            if let source = input.source, !sources.contains(source.node) { sources.append(source.node) }
        }
        self.sources = sources
        hasLazyInputs = node.inputs.contains { $0.isLazy }
        values = Array(repeating: nil, count: node.spec.outputs.count)
    }

    /// Whether an input is part of what the node computes: all are, but for lazy ones that it didn't ask for.
    func asks(for input: ResolvedGraph.Input) -> Bool { !input.isLazy || asked.contains(input.name) }

    /// Where an input comes from, if it is linked and asked for.
    func askedSource(of input: ResolvedGraph.Input) -> ResolvedGraph.Source? { asks(for: input) ? input.source : nil }

    /// Digests of its outputs are known.
    var isAnswered: Bool { status == .known || status == .ran }

    mutating func dropValues() {
        for slot in values.indices { values[slot] = nil }
    }
}
