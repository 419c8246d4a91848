/// What a link comes to in a round of a loop that is written out.
struct LoopRounds {
    enum Change {
        /// It stays as it is.
        case none
        /// Something else comes there; `nil`: nothing at all.
        case value(WorkflowDocument.Value?)
    }

    private let start: Int
    private let end: Int
    private let body: Set<Int>
    private let countsDown: Bool
    private let count: Int
    private let graph: LoopGraph
    private var round = 0
    /// What the start gives in this round, by the number of the value.
    private var carried: [Int: WorkflowDocument.Value] = [:]
    /// The same in the first round, and what the end gives after the last.
    private let first: [Int: WorkflowDocument.Value]

    init(start: Int, end: Int, body: Set<Int>, countsDown: Bool, count: Int, _ graph: LoopGraph) {
        self.start = start
        self.end = end
        self.body = body
        self.countsDown = countsDown
        self.count = count
        self.graph = graph
        var values: [Int: WorkflowDocument.Value] = [:]
        for (place, input) in graph.nodes[start].inputs.enumerated() {
            guard let number = Self.number(of: input.name) else { continue }
            // A text that is a link keeps its meaning wherever it is put.
            let isLink = graph.links[start].contains { $0.input == place }
            values[number] = isLink ? Self.absolute(input.value, scope: graph.nodes[start].scope) : input.value
        }
        first = values
        carried = values
    }

    /// The next round: what the end got is what the start gives.
    mutating func goOn() {
        var next: [Int: WorkflowDocument.Value] = [:]
        for (place, input) in graph.nodes[end].inputs.enumerated() {
            guard let number = Self.number(of: input.name) else { continue }
            guard let link = graph.links[end].first(where: { $0.input == place }) else {
                next[number] = input.value
                continue
            }
            switch inside(link) {
            case .none: next[number] = Self.absolute(input.value, scope: graph.nodes[end].scope)
            case .value(let value): next[number] = value
            }
        }
        carried = next
        round += 1
    }

    /// A link of a node in the loop, in this round.
    func inside(_ link: LoopGraph.Link) -> Change {
        if link.source == start { return .value(given(by: link.slot, round: round, carried)) }
        return body.contains(link.source) ? .value(renamed(link, round)) : .none
    }

    /// A link of a node that isn't in the loop, when all rounds are done. From the middle of the loop it gets the first round's, as
    /// in ComfyUI.
    func outside(_ link: LoopGraph.Link) -> Change {
        if link.source == end { return .value(carried[(link.slot ?? 0) + 1]) }
        if link.source == start { return .value(given(by: link.slot, round: 0, first)) }
        return body.contains(link.source) ? .value(renamed(link, 0)) : .none
    }

    private func given(by slot: Int?, round: Int, _ values: [Int: WorkflowDocument.Value]) -> WorkflowDocument.Value? {
        switch slot {
        case 1?: .number(String(countsDown ? count - round : round))
        case let slot? where slot > 1: values[slot - 1]
        default: nil
        }
    }

    private func renamed(_ link: LoopGraph.Link, _ round: Int) -> WorkflowDocument.Value {
        let name = Self.name(graph.nodes[link.source].name, round)
        if !link.suffix.isEmpty { return .link(.absolute(name + link.suffix)) }
        return link.slot.map { .link(.slot(node: name, $0)) } ?? .link(.absolute(name))
    }

    /// What a node is called in a round.
    static func name(_ name: String, _ round: Int) -> String { "\(name)[\(round + 1)]" }

    private static func number(of input: String) -> Int? {
        let prefix = LoopKind.carried(0).dropLast()
        return input.hasPrefix(prefix) ? Int(input.dropFirst(prefix.count)) : nil
    }

    private static func absolute(_ value: WorkflowDocument.Value, scope: String) -> WorkflowDocument.Value {
        switch value {
        case .string(let text), .link(.reference(let text)): .link(.absolute(scope + text))
        default: value
        }
    }
}
