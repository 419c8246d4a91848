/// A document's nodes with their links found, whatever they are written like.
struct LoopGraph {
    /// An input that is linked.
    struct Link {
        /// Place among the node's inputs.
        var input: Int
        var source: Int
        /// Number of the output; `nil` where the text doesn't say.
        var slot: Int?
        /// What a text says behind the node's name: `.index`.
        var suffix: String
    }

    let nodes: [ExpandedWorkflow.Node]
    private(set) var links: [[Link]] = []
    private let indices: [String: Int]
    private let aliases: [String: String]
    private let catalog: NodeCatalog?
    private let isOwnForm: Bool

    init(_ workflow: ExpandedWorkflow, catalog: NodeCatalog?) {
        nodes = workflow.nodes
        indices = Dictionary(nodes.enumerated().map { ($1.name, $0) }) { first, _ in first }
        aliases = workflow.outputAliases
        self.catalog = catalog
        isOwnForm = workflow.form == .yaml
        links = nodes.map { node in
            let spec = catalog?.spec(node.type)
            return node.inputs.indices.compactMap { link(of: node, $0, spec) }
        }
    }

    private func link(of node: ExpandedWorkflow.Node, _ place: Int, _ spec: NodeSpec?) -> Link? {
        let input = node.inputs[place]
        switch input.value {
        case .string where isOwnForm && spec?.input(input.name)?.isWidget == false: break
        case .link: break
        default: return nil
        }
        guard let found = target(of: input.value, scope: node.scope) else { return nil }
        var slot = found.slot
        if slot == nil, let wanted = spec?.input(input.name)?.portType {
            let fitting = (catalog?.spec(nodes[found.source].type)?.outputs ?? []).enumerated().filter { wanted.accepts($0.element.type) }
            slot = fitting.count == 1 ? fitting[0].offset : nil
        }
        return Link(input: place, source: found.source, slot: slot, suffix: found.suffix)
    }

    /// What a link or a reference names.
    func target(of value: WorkflowDocument.Value, scope: String) -> (source: Int, slot: Int?, suffix: String)? {
        switch value {
        case .link(.slot(let name, let slot)): return indices[name].map { ($0, slot, "") }
        case .link(.reference(let text)), .string(let text): return named(scope + text)
        case .link(.absolute(let text)): return named(text)
        default: return nil
        }
    }

    private func named(_ text: String) -> (source: Int, slot: Int?, suffix: String)? {
        var text = text
        for _ in 0..<32 {
            guard let target = aliases[text] else { break }
            text = target
        }
        if let index = indices[text] {
            let count = catalog?.spec(nodes[index].type)?.outputs.count
            return (index, count == 1 ? 0 : nil, "")
        }
        guard let dot = text.lastIndex(of: "."), let index = indices[String(text[..<dot])] else { return nil }
        let name = String(text[text.index(after: dot)...])
        let outputs = catalog?.spec(nodes[index].type)?.outputs ?? []
        let slot = outputs.firstIndex { $0.name.lowercased() == name.lowercased() } ?? Int(name)
        return (index, slot, String(text[dot...]))
    }

    /// Sources of each node.
    var sources: [[Int]] { links.map { $0.map(\.source) } }

    /// Who takes values from each node.
    var consumers: [[Int]] {
        var consumers = [[Int]](repeating: [], count: nodes.count)
        for (node, links) in links.enumerated() { for link in links { consumers[link.source].append(node) } }
        return consumers
    }
}
