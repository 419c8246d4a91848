/// Draws a workflow as text for a drawing program.
public struct GraphDrawing: Sendable {
    /// How a node is marked.
    public enum Mark: Sendable { case plain, reused, changed }

    private let document: WorkflowDocument
    private let catalog: NodeCatalog
    private let marks: [String: Mark]

    /// - Parameter document: with links by output number.
    public init(_ document: WorkflowDocument, catalog: NodeCatalog, marks: [String: Mark] = [:]) {
        self.document = document
        self.catalog = catalog
        self.marks = marks
    }

    private var edges: [(from: Int, to: Int, label: String)] {
        let index = Dictionary(document.nodes.enumerated().map { ($1.name, $0) }) { first, _ in first }
        return document.nodes.enumerated().flatMap { target, node in
            node.inputs.compactMap { input in
                guard case .link(.slot(let origin, let slot)) = input.value, let source = index[origin] else { return nil }
                let outputs = catalog.spec(document.nodes[source].type, in: document.form)?.outputs ?? []
                let type = outputs.indices.contains(slot) ? outputs[slot].type.description : ""
                return (source, target, type)
            }
        }
    }

    private func title(_ node: WorkflowDocument.Node) -> String {
        node.title.flatMap { $0 == node.name ? nil : $0 } ?? catalog.spec(node.type, in: document.form)?.display ?? node.type
    }

    /// First part of the menu path, which colours go by.
    private func category(_ node: WorkflowDocument.Node) -> String {
        catalog.spec(node.type, in: document.form)?.category.split(separator: "/").first.map(String.init) ?? "unknown"
    }

    private static let colours: [String: String] = [
        "loaders": "#dce6f2", "conditioning": "#fbe8d3", "sampling": "#e4dcf1", "latent": "#f5dce8", "image": "#dff0e0", "mask": "#e6e6e6",
        "advanced": "#e0ecec", "model_patches": "#e0ecec", "utils": "#f4f1de",
    ]

    /// Graphviz's language.
    public var dot: String {
        func quoted(_ text: String) -> String {
            var result = "\""
            for character in text {
                switch character {
                case "\"", "\\": result += "\\" + String(character)
                case "\n", "\r\n": result += "\\n"
                default: result.append(character)
                }
            }
            return result + "\""
        }
        var lines = [
            "digraph workflow {", "  rankdir=LR;", "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11];",
            "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#666666\"];",
        ]
        for (index, node) in document.nodes.enumerated() {
            let name = title(node)
            let label = name == node.type ? "\(node.name)\n\(name)" : "\(node.name)\n\(name)\n(\(node.type))"
            var style = ""
            switch marks[node.name] {
            case .reused?: style = ", color=\"#2e7d32\", penwidth=2"
            case .changed?: style = ", color=\"#c62828\", penwidth=2"
            default: break
            }
            lines.append("  n\(index) [label=\(quoted(label)), fillcolor=\(quoted(Self.colours[category(node)] ?? "#ffffff"))\(style)];")
        }
        for edge in edges { lines.append("  n\(edge.from) -> n\(edge.to) [label=\(quoted(edge.label))];") }
        return (lines + ["}", ""]).joined(separator: "\n")
    }

    /// Mermaid's language.
    public var mermaid: String {
        func quoted(_ text: String) -> String {
            "\"" + text.replacing("\"", with: "#quot;").replacing("\n", with: "<br/>") + "\""
        }
        var lines = ["flowchart LR"]
        for (index, node) in document.nodes.enumerated() { lines.append("  n\(index)[\(quoted("\(node.name)\n\(title(node))"))]") }
        for edge in edges {
            lines.append(edge.label.isEmpty ? "  n\(edge.from) --> n\(edge.to)" : "  n\(edge.from) -->|\(edge.label)| n\(edge.to)")
        }
        for (index, node) in document.nodes.enumerated() {
            switch marks[node.name] {
            case .reused?: lines.append("  style n\(index) stroke:#2e7d32,stroke-width:2px")
            case .changed?: lines.append("  style n\(index) stroke:#c62828,stroke-width:2px")
            default: break
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
