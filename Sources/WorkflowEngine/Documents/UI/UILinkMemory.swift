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
    private var exits: [Int: [Int: String]] = [:]
    private var setters: [Int: [String: Int]] = [:]

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
            guard let name = node.widgetValues?.elements?.first?.scalarText, found[name] == nil else { continue }
            found[name] = index
        }
        setters[scope] = found
        return found
    }
}
