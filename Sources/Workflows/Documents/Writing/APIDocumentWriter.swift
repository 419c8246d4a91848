internal import Formats

/// Writes a workflow in the form that ComfyUI's server takes.
public struct APIDocumentWriter {
    /// The JSON text, one node a line.
    ///
    /// - Parameter document: with links by output number, as the API and UI forms have them. Our own form names outputs in words:
    ///   resolve it, and take `ResolvedGraph.promptText`.
    public static func write(_ document: WorkflowDocument, catalog: NodeCatalog) -> String {
        var lines: [String] = []
        for node in document.nodes {
            var json = JSONText()
            json.string(node.name)
            json.raw(": {\"inputs\": ")
            json.object(node.inputs, key: \.name) { $0.documentValue($1.value) }
            json.raw(", \"class_type\": ")
            json.string(catalog.spec(node.type, in: document.form)?.type ?? node.type)
            json.raw(", \"_meta\": {\"title\": ")
            json.string(node.title ?? catalog.spec(node.type, in: document.form)?.display ?? node.type)
            json.raw("}}")
            lines.append("  " + json.text)
        }
        return lines.isEmpty ? "{}\n" : "{\n" + lines.joined(separator: ",\n") + "\n}\n"
    }
}

extension JSONText {
    /// A value of a document; a list is wrapped, so that it isn't taken for a link.
    mutating func documentValue(_ value: WorkflowDocument.Value) {
        switch value {
        case .link(.slot(let node, let slot)):
            raw("[")
            string(node)
            raw(", \(slot)]")
        case .link(.reference(let text)), .link(.absolute(let text)), .link(.malformed(let text)): string(text)
        case .list:
            raw("{\"__value__\": ")
            plainDocumentValue(value)
            raw("}")
        default: plainDocumentValue(value)
        }
    }

    /// A value as it is.
    mutating func plainDocumentValue(_ value: WorkflowDocument.Value) {
        switch value {
        case .null, .link: raw("null")
        case .boolean(let flag): raw(flag ? "true" : "false")
        case .number(let text): raw(text)
        case .string(let text): string(text)
        case .list(let elements): array(elements) { $0.plainDocumentValue($1) }
        case .map(let members): object(members, key: \.key) { $0.plainDocumentValue($1.value) }
        }
    }
}
