internal import Formats

/// Reads ComfyUI's API form: `{"3": {"class_type": …, "inputs": {…}}, …}`, also inside `{"prompt": …}`.
struct APIDocumentReader {
    private(set) var diagnostics: [Diagnostic] = []
    private let file: SourceFile

    /// What sites and clients put beside the nodes, and what says nothing of them.
    private static let companions: Set<String> = ["extra", "extraMetadata", "extra_data", "extra_pnginfo", "client_id"]

    /// What ComfyUI's server and its clients write into nodes for themselves.
    private static let notes: Set<String> = ["is_changed", "_comment", "comment", "color", "bgcolor", "pos", "size", "order"]

    init(file: SourceFile) { self.file = file }

    mutating func read(_ tree: SourceTree) -> WorkflowDocument {
        var document = WorkflowDocument(form: .api, files: [file])
        let wrapped = tree["prompt"].flatMap { $0.entries }
        for entry in wrapped ?? tree.entries ?? [] {
            if Self.companions.contains(entry.key), entry.value["class_type"] == nil { continue }
            guard let members = entry.value.entries else {
                // Beside nodes, files carry settings of other programs; those aren't maps with a class.
                report(.warning, .wrongShape, "\"\(entry.key)\" is \(entry.value.kind), not a node; ignored", at: entry.value.position)
                continue
            }
            document.nodes.append(node(entry, members))
        }
        return document
    }

    private mutating func node(_ entry: SourceTree.Entry, _ members: [SourceTree.Entry]) -> WorkflowDocument.Node {
        var node = WorkflowDocument.Node(name: entry.key, position: entry.keyPosition, type: "")
        var hasInputs = false
        for member in members {
            switch member.key {
            case "class_type":
                node.type = member.value.string ?? ""
                node.typePosition = member.value.position
            case "inputs":
                hasInputs = true
                guard let inputs = member.value.entries else {
                    report(
                        .error, .wrongShape, "\"inputs\" must be a map, not \(member.value.kind)",
                        at: member.value.position, node: entry.key)
                    continue
                }
                node.inputs = inputs.map { input in
                    .init(
                        name: input.key, namePosition: input.keyPosition, value: value(input.value),
                        valuePosition: input.value.position)
                }
            case "_meta": node.title = member.value["title"]?.string
            case let other where Self.notes.contains(other): break
            default:
                report(
                    .warning, .unknownKey, "a node of this form has no \"\(member.key)\"; it is ignored", at: member.keyPosition,
                    node: entry.key, hint: "keys: class_type, inputs, _meta")
            }
        }
        if !hasInputs {
            report(
                .error, .wrongShape, "the node has no \"inputs\"", at: entry.value.position, node: entry.key,
                hint: "write \"inputs\": {} for a node without any")
        }
        return node
    }

    /// Any array is meant as a link; lists of values are wrapped in `{"__value__": [...]}`.
    private func value(_ tree: SourceTree) -> WorkflowDocument.Value {
        switch tree.content {
        case .sequence(let elements):
            guard elements.count == 2 else {
                return .link(.malformed("a list of \(elements.count)"))
            }
            guard let node = elements[0].string else {
                return .link(.malformed("a list that starts with \(elements[0].kind)"))
            }
            guard case .number(let text) = elements[1].content, let number = Double(text),
                let slot = Int(exactly: number.rounded(.towardZero))
            else { return .link(.malformed("a list whose second element is \(elements[1].kind)")) }
            return .link(.slot(node: node, slot))
        case .mapping(let entries):
            if entries.count == 1, entries[0].key == "__value__" { return WorkflowDocument.Value(entries[0].value) }
            return WorkflowDocument.Value(tree)
        default: return WorkflowDocument.Value(tree)
        }
    }

    private mutating func report(
        _ severity: Diagnostic.Severity, _ code: DiagnosticCode, _ message: String, at place: SourcePosition,
        node: String? = nil, hint: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(severity, code, message, file: file.name, position: place, node: node, hint: hint ?? code.hint))
    }
}
