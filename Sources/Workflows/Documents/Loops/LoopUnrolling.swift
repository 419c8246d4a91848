/// Writes loops out: the nodes between a start and its end are repeated, round after round, and each round takes what the one before
/// gave. Every round is then cached by itself, and can be explained like any other node.
///
/// How many rounds there are must be written in the file, or follow from the round of a loop around it. A loop whose end is decided
/// while it runs can't be written out.
struct LoopUnrolling {
    private(set) var workflow: ExpandedWorkflow
    private(set) var settings: Settings
    private(set) var diagnostics: [Diagnostic] = []
    private let catalog: NodeCatalog?
    /// Ends that were found wrong.
    private var wrong: Set<String> = []

    private static let mostNodes = 100_000
    private static let mostLoops = 1_000
    /// Nodes that are looked at, over all loops.
    private static let mostWork = 5_000_000

    /// - Parameters:
    ///   - workflow: with called workflows expanded.
    ///   - settings: those of single rounds, `body[2].steps`, are made.
    init(_ workflow: ExpandedWorkflow, settings: Settings, catalog: NodeCatalog?) {
        self.workflow = workflow
        self.settings = settings
        self.catalog = catalog
        var count = 0, work = 0
        while hasLoops {
            (count, work) = (count + 1, work + self.workflow.nodes.count)
            guard count <= Self.mostLoops, work <= Self.mostWork else {
                refuseRest("the loops in loops are too many to be written out")
                return
            }
            unrollOne()
        }
    }

    private static func kind(ofEnd type: String) -> LoopKind? { LoopKind.all.first { $0.end == type } }

    private var hasLoops: Bool {
        let ends = Set(LoopKind.all.map(\.end))
        return workflow.nodes.contains { ends.contains($0.type) && !wrong.contains($0.name) }
    }

    // MARK: One loop

    /// A loop in its graph.
    private struct Loop {
        var kind: LoopKind
        var start: Int
        var end: Int
        var count: Int
        /// The nodes that every round has.
        var body: Set<Int>
    }

    private mutating func unrollOne() {
        let graph = LoopGraph(workflow, catalog: catalog)
        guard let end = outermostEnd(graph), let kind = Self.kind(ofEnd: graph.nodes[end].type) else { return }
        guard let flow = graph.links[end].first(where: { graph.nodes[end].inputs[$0.input].name == kind.flow }),
            graph.nodes[flow.source].type == kind.start
        else {
            refuse(end, graph, "the loop's end isn't joined to a start: \(kind.flow) must come from \(kind.start)")
            return
        }
        guard let count = rounds(of: flow.source, kind, graph) else {
            refuse(end, graph, "the number of rounds is computed while the workflow runs", start: flow.source)
            return
        }
        let loop = Loop(kind: kind, start: flow.source, end: end, count: count, body: body(of: flow.source, end, graph))
        let (size, overflow) = loop.body.count.multipliedReportingOverflow(by: count)
        guard !overflow, size + graph.nodes.count <= Self.mostNodes, count <= Self.mostNodes else {
            refuse(end, graph, "\(count) rounds of \(loop.body.count) nodes are more than \(Self.mostNodes)", start: flow.source)
            return
        }
        write(loop, graph)
    }

    /// An end that no other end needs: of loops in loops the outermost.
    private func outermostEnd(_ graph: LoopGraph) -> Int? {
        let ends = graph.nodes.indices.filter { Self.kind(ofEnd: graph.nodes[$0].type) != nil && !wrong.contains(graph.nodes[$0].name) }
        var walk = GraphWalk(sources: graph.sources)
        _ = walk.sort()
        let isEnd = Set(ends)
        var feedsEnd = [Bool](repeating: false, count: graph.nodes.count)
        for node in walk.order.reversed() where isEnd.contains(node) || feedsEnd[node] {
            for source in graph.sources(of: node) { feedsEnd[source] = true }
        }
        return ends.first { !feedsEnd[$0] } ?? ends.first
    }

    /// How often the loop runs: at least once, whatever the number.
    private func rounds(of start: Int, _ kind: LoopKind, _ graph: LoopGraph) -> Int? {
        func number(_ value: WorkflowDocument.Value?) -> Int? {
            switch value {
            case .number(let text): Double(text).flatMap { Int(exactly: $0.rounded(.towardZero)) }
            case .string(let text): Int(text)
            default: nil
            }
        }
        let node = graph.nodes[start]
        guard let place = node.inputs.firstIndex(where: { $0.name == kind.count }) else { return 1 }
        if let link = graph.links[start].first(where: { $0.input == place }) {
            let source = graph.nodes[link.source]
            guard LoopKind.constants.contains(source.type) else { return nil }
            return number(source.input("value")?.value).map { max($0, 1) }
        }
        return number(node.inputs[place].value).map { max($0, 1) }
    }

    /// What lies between start and end, and what hangs on it without going on to the end: pictures that each round saves.
    private func body(of start: Int, _ end: Int, _ graph: LoopGraph) -> Set<Int> {
        let consumers = graph.consumers
        func reached(from first: Int, _ next: [[Int]]) -> Set<Int> {
            var seen: Set<Int> = []
            var waiting = next[first]
            while let node = waiting.popLast() {
                guard seen.insert(node).inserted else { continue }
                waiting += next[node]
            }
            return seen
        }
        let after = reached(from: start, consumers), needed = reached(from: end, graph.sources), behind = reached(from: end, consumers)
        let inside = after.intersection(needed)
        // What isn't needed by the end and doesn't need it.
        let aside = after.subtracting(needed).subtracting(behind)
        return inside.union(aside).subtracting([start, end])
    }

    // MARK: Writing

    private mutating func write(_ loop: Loop, _ graph: LoopGraph) {
        var rounds = LoopRounds(
            start: loop.start, end: loop.end, body: loop.body, countsDown: loop.kind.countsDown, count: loop.count, graph)
        var copies: [ExpandedWorkflow.Node] = []
        let body = loop.body.sorted()
        for round in 0..<loop.count {
            for node in body { copies.append(copy(of: node, in: round, rounds, graph)) }
            rounds.goOn()
        }
        var nodes: [ExpandedWorkflow.Node] = []
        for (index, node) in graph.nodes.enumerated() where index != loop.start && index != loop.end {
            if loop.body.contains(index) {
                nodes += copies
                copies = []
                continue
            }
            var kept = node
            for link in graph.links[index].reversed() { relink(&kept, link, rounds.outside(link)) }
            nodes.append(kept)
        }
        workflow.nodes = nodes
        for index in workflow.outputs.indices {
            guard let target = graph.target(of: workflow.outputs[index].value, scope: "") else { continue }
            let link = LoopGraph.Link(input: 0, source: target.source, slot: target.slot ?? 0, suffix: target.suffix)
            if case .value(let value?) = rounds.outside(link) { workflow.outputs[index].value = value }
        }
    }

    private mutating func copy(of node: Int, in round: Int, _ rounds: LoopRounds, _ graph: LoopGraph) -> ExpandedWorkflow.Node {
        var copy = graph.nodes[node]
        copy.name = LoopRounds.name(copy.name, round)
        copy.title = copy.title.map { "\($0) [\(round + 1)]" }
        for link in graph.links[node].reversed() { relink(&copy, link, rounds.inside(link)) }
        for setting in settings.take(copy.name) { copy.inputs.set(setting) }
        return copy
    }

    /// Last input first: one that gets nothing goes away.
    private func relink(_ node: inout ExpandedWorkflow.Node, _ link: LoopGraph.Link, _ change: LoopRounds.Change) {
        switch change {
        case .none: break
        case .value(let value?): node.inputs[link.input].value = value
        case .value(nil): node.inputs.remove(at: link.input)
        }
    }

    // MARK: Refusals

    private mutating func refuse(_ end: Int, _ graph: LoopGraph, _ reason: String, start: Int? = nil) {
        wrong.insert(graph.nodes[end].name)
        let node = graph.nodes[start ?? end]
        for index in [start, end].compactMap({ $0 }) { workflow.nodes[index].isBroken = true }
        diagnostics.append(
            Diagnostic(
                .error, .unsupportedLoop, "\(node.name): \(reason)", file: workflow.fileName(at: node.position), position: node.position,
                node: node.name, hint: DiagnosticCode.unsupportedLoop.hint))
    }

    private mutating func refuseRest(_ reason: String) {
        let graph = LoopGraph(workflow, catalog: catalog)
        let ends = graph.nodes.indices.filter { Self.kind(ofEnd: graph.nodes[$0].type) != nil && !wrong.contains(graph.nodes[$0].name) }
        for end in ends { workflow.nodes[end].isBroken = true }
        if let first = ends.first { refuse(first, graph, reason) }
    }
}

extension LoopGraph {
    func sources(of node: Int) -> [Int] { links[node].map(\.source) }
}
