internal import Formats

/// What following links has found out already, so that many inputs behind one long way of reroutes cost what one does.
final class UILinkMemory {
    /// A link, seen from an input that wants a type (bypassed nodes look for it).
    struct Place: Hashable {
        var scope: Int
        var link: String
        var wanted: String
    }

    /// Where a way ends, and the instances of subgraphs that it passes outwards from there on.
    struct End {
        var source: UISource
        var passed: [(scope: Int, port: Int)]
    }

    var ends: [Place: End] = [:]
    /// How many links were followed.
    var steps = 0
    /// What led to nothing though the file says that something is there.
    private(set) var notes: [UINote] = []
    private var noted: Set<Noted> = []
    private var exits: [Int: [Int: String]] = [:]
    private var setters: [Int: [String: Int]] = [:]
    private var everywhere: [String: [NamedWire]]?

    /// The inside of a definition is met once for each of its instances.
    private struct Noted: Hashable {
        var position: SourcePosition
        var message: String
    }

    /// A named wire of some graph.
    struct NamedWire {
        var scope: Int
        /// Index of the node that names it.
        var node: Int
    }

    /// Notes what leads nowhere, once for a place in the file.
    func note(_ message: String, at position: SourcePosition, as code: DiagnosticCode = .looseLink) {
        guard noted.insert(Noted(position: position, message: message)).inserted else { return }
        notes.append(UINote(code: code, message: message, position: position))
    }

    /// The link that gives each output of a subgraph: the first of several.
    func exits(of scope: Int, _ graph: UIGraph) -> [Int: String] {
        if let known = exits[scope] { return known }
        var found: [Int: String] = [:]
        for (id, link) in graph.links where link.target == UILink.outputBoundary {
            if let other = found[link.targetSlot], IDOrder.precedes(other, id) { continue }
            found[link.targetSlot] = id
        }
        exits[scope] = found
        return found
    }

    /// Named wires by their names: the first of several.
    func setters(of scope: Int, _ graph: UIGraph) -> [String: Int] {
        if let known = setters[scope] { return known }
        var found: [String: Int] = [:]
        for (index, node) in graph.nodes.enumerated() where VirtualNode.isSetter(node.type) {
            guard let name = node.widgetValues?.elements?.first?.scalarText else { continue }
            if let first = found[name] {
                note(
                    "nodes \(graph.nodes[first].id) and \(node.id) both give \"\(WorkflowDocument.Value.shortened(name))\"; the first one counts",
                    at: node.position, as: .duplicateKey)
            } else {
                found[name] = index
            }
        }
        setters[scope] = found
        return found
    }

    /// The wire of a name that a node in a graph means: of its own graph, else of the nearest around it, else the only one of that name
    /// anywhere. KJNodes looks outwards; a name that is set once can mean one thing only.
    func wire(named name: String, seenFrom scope: Int, _ scopes: [UIScope]) -> NamedWire? {
        var around: Int? = scope
        while let current = around {
            if let node = setters(of: current, scopes[current].graph)[name] { return NamedWire(scope: current, node: node) }
            around = scopes[current].parent?.scope
        }
        if everywhere == nil {
            var all: [String: [NamedWire]] = [:]
            for scope in scopes.indices {
                for (name, node) in setters(of: scope, scopes[scope].graph) {
                    all[name, default: []].append(.init(scope: scope, node: node))
                }
            }
            everywhere = all
        }
        let all = everywhere?[name] ?? []
        return all.count == 1 ? all[0] : nil
    }
}
