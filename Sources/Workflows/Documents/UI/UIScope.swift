internal import Formats

/// One graph in use: the file's own, or the inside of one instance of a subgraph.
///
/// The same definition used twice gives two scopes. Ids of inner nodes are prefixed with the instance's: `12:5`, `12:3:5`.
struct UIScope {
    var graph: UIGraph
    /// `""` for the file's own graph, else `12:`.
    var prefix: String
    var parent: Parent?
    /// Scopes of the instances in this graph, by node index.
    var children: [Int: Int] = [:]
    /// Whether this scope, or one around it, is muted or bypassed: its nodes aren't computed.
    var isOff: Bool
    /// Values of the instance that nothing inside takes.
    var notes: [UINote] = []

    /// Deeper than anybody nests; what walks the nesting may recurse.
    private static let maximumDepth = 64

    struct Parent {
        var scope: Int
        /// Index of the instance in the parent's graph.
        var node: Int
        var definition: UIDefinition
    }

    /// All scopes of a file, the outermost first.
    ///
    /// - Throws: `UIConversionError.recursiveDefinition` when a definition contains itself.
    static func all(of file: UIFile, catalog: NodeCatalog) throws(UIConversionError) -> [UIScope] {
        var scopes = [UIScope(graph: file.root, prefix: "", parent: nil, isOff: false)]
        var index = 0
        while index < scopes.count {
            for (position, node) in scopes[index].graph.nodes.enumerated() {
                guard var definition = file.definitions[node.type] else { continue }
                try refuseRecursion(node.type, scopes, from: index)
                var graph = definition.graph
                var notes: [UINote] = []
                if definition.isGroupNode {
                    if let note = UIGroupNode.spread(over: &graph, of: &definition, instance: node, catalog: catalog) { notes.append(note) }
                } else {
                    for lost in graph.give(node.givenInside()) { notes.append(lost.note(on: node)) }
                    if let note = node.noteOfUnmatchedValues() { notes.append(note) }
                }
                scopes[index].children[position] = scopes.count
                scopes.append(
                    UIScope(
                        graph: graph, prefix: "\(scopes[index].prefix)\(node.id):",
                        parent: Parent(scope: index, node: position, definition: definition),
                        isOff: scopes[index].isOff || node.mode != .active, notes: notes))
                guard scopes.count <= 100_000 else { throw .tooManyInstances }
            }
            index += 1
        }
        return scopes
    }

    private static func refuseRecursion(_ type: String, _ scopes: [UIScope], from start: Int) throws(UIConversionError) {
        var current = scopes[start].parent
        var depth = 0
        while let parent = current {
            depth += 1
            guard depth < Self.maximumDepth else { throw .tooManyInstances }
            let around = scopes[parent.scope].graph.nodes[parent.node]
            if around.type == type { throw .recursiveDefinition(parent.definition.name, around.position) }
            current = scopes[parent.scope].parent
        }
    }
}

/// Why a saved workflow can't be converted at all.
enum UIConversionError: Error, Equatable {
    case recursiveDefinition(String, SourcePosition)
    case tooManyInstances
}
