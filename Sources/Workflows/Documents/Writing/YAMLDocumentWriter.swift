internal import Formats

/// Writes a workflow in our own form.
public struct YAMLDocumentWriter {
    private let document: WorkflowDocument
    private let catalog: NodeCatalog
    private let naming: NodeNaming
    private let types: [String: String]
    private var diagnostics: [Diagnostic] = []

    private init(_ document: WorkflowDocument, catalog: NodeCatalog) {
        self.document = document
        self.catalog = catalog
        naming = NodeNaming(document, catalog: catalog)
        types = Dictionary(document.nodes.map { ($0.name, $0.type) }) { first, _ in first }
    }

    /// The YAML text, and a warning for everything that it can't say.
    public static func write(_ document: WorkflowDocument, catalog: NodeCatalog) -> (text: String, diagnostics: [Diagnostic]) {
        var writer = YAMLDocumentWriter(document, catalog: catalog)
        let text = YAMLWriter.text(of: writer.root())
        for setting in document.settings {
            writer.diagnostics.append(
                Diagnostic(
                    .warning, .lostInConversion, "what was set of \(setting.target) has no place in the file",
                    file: document.files.first?.name, hint: DiagnosticCode.lostInConversion.hint))
        }
        return (text, writer.diagnostics)
    }

    private mutating func root() -> YAMLNode {
        var entries: [YAMLNode.Entry] = []
        if let title = document.title { entries.append(.init("title", .text(title))) }
        if let summary = document.summary { entries.append(.init("description", .text(summary))) }
        if !document.parameters.isEmpty {
            entries.append(.init("parameters", .map(document.parameters.map { .init($0.name, parameter($0)) }, flow: false)))
        }
        entries.append(.init("nodes", .map(document.nodes.map { .init(naming.names[$0.name] ?? $0.name, node($0)) }, flow: false)))
        if !document.outputs.isEmpty {
            entries.append(
                .init("outputs", .map(document.outputs.map { .init($0.name, linkText($0.value) ?? plain($0.value)) }, flow: false)))
        }
        return .map(entries, flow: false)
    }

    private func parameter(_ parameter: WorkflowDocument.Parameter) -> YAMLNode {
        let value = parameter.value.map(plain)
        guard parameter.summary != nil || parameter.type != nil else { return value ?? .map([], flow: true) }
        var entries: [YAMLNode.Entry] = []
        if let type = parameter.type { entries.append(.init("type", .text(type.description))) }
        if let value { entries.append(.init("default", value)) }
        if let summary = parameter.summary { entries.append(.init("description", .text(summary))) }
        return .map(entries, flow: false)
    }

    private mutating func node(_ node: WorkflowDocument.Node) -> YAMLNode {
        if let call = node.call {
            let arguments = node.inputs.map { YAMLNode.Entry($0.name, plain($0.value)) }
            var entries: [YAMLNode.Entry] = [.init("workflow", .text(call.file))]
            if !arguments.isEmpty || node.foreach == nil { entries.append(.init("with", .map(arguments, flow: true))) }
            return .map(entries + foreach(node.foreach), flow: false)
        }
        let spec = catalog.spec(node.type, in: document.form)
        var entries: [YAMLNode.Entry] = [.init("type", .text(node.type))]
        if let title = node.title, title != spec?.display, title != naming.names[node.name] { entries.append(.init("title", .text(title))) }
        var hidden: [YAMLNode.Entry] = []
        for input in node.inputs {
            let known = spec?.input(input.name)
            if spec != nil, known == nil, document.form != .yaml {
                report("input \"\(input.name)\" isn't one of \(node.type)'s; left out", node, input)
                continue
            }
            let value = written(input, to: known, of: node)
            // An input that is called like one of our own keys goes into the inner map.
            if ["type", "title", "inputs", "workflow", "with", "foreach"].contains(input.name) {
                hidden.append(.init(input.name, value))
            } else {
                entries.append(.init(input.name, value))
            }
        }
        if !hidden.isEmpty { entries.append(.init("inputs", .map(hidden, flow: false))) }
        entries += foreach(node.foreach)
        return .map(entries, flow: entries.count <= 3 && hidden.isEmpty && entries.allSatisfy { Self.isShort($0.value) })
    }

    private func foreach(_ foreach: Foreach?) -> [YAMLNode.Entry] {
        guard let foreach else { return [] }
        let walked = foreach.table.map(plain) ?? .map(foreach.inputs.map { .init($0.name, plain($0.value)) }, flow: true)
        return [.init("foreach", walked)] + (foreach.collecting == .list ? [] : [.init("collect", .text(foreach.collecting.rawValue))])
    }

    private static func isShort(_ value: YAMLNode) -> Bool {
        switch value {
        case .text(let text), .plain(let text): text.count <= 40 && !text.contains("\n")
        case .map(let entries, _): entries.count <= 1 && entries.allSatisfy { isShort($0.value) }
        case .list(let elements, _): elements.count <= 4
        }
    }

    private mutating func written(
        _ input: WorkflowDocument.Input, to spec: InputSpec?, of node: WorkflowDocument.Node
    ) -> YAMLNode {
        guard case .link(let link) = input.value else {
            // In our own form a socket's link is plain text already.
            if case .string(let text) = input.value, spec.map({ !$0.isWidget }) == true { return .text(renamed(text)) }
            return plain(input.value)
        }
        if case .malformed(let found) = link { report("\(found) is no link; written as it was found", node, input) }
        let text = reference(link, wanted: spec?.portType, inputName: input.name)
        return spec.map { !$0.isWidget } == true ? .text(text) : .map([.init("from", .text(text))], flow: true)
    }

    private func linkText(_ value: WorkflowDocument.Value) -> YAMLNode? {
        switch value {
        case .link(let link): .text(reference(link, wanted: nil, inputName: ""))
        case .string(let text): .text(renamed(text))
        default: nil
        }
    }

    /// `node`, or `node.OUTPUT` where the node has more than one output that would do.
    private func reference(_ link: WorkflowDocument.Link, wanted: PortType?, inputName: String) -> String {
        switch link {
        case .reference(let text), .absolute(let text): return renamed(text)
        case .malformed(let text): return text
        case .slot(let origin, let slot):
            let name = naming.names[origin] ?? origin
            guard let outputs = types[origin].flatMap({ catalog.spec($0, in: document.form) })?.outputs, outputs.indices.contains(slot)
            else {
                return "\(name).\(slot)"
            }
            if let wanted, outputs.count(where: { wanted.accepts($0.type) }) == 1, wanted.accepts(outputs[slot].type) { return name }
            if outputs.count == 1 { return name }
            let unique = outputs.count { $0.name.lowercased() == outputs[slot].name.lowercased() } == 1
            return unique ? "\(name).\(outputs[slot].name)" : "\(name).\(slot)"
        }
    }

    /// A reference with the node's new name.
    private func renamed(_ reference: String) -> String {
        if let name = naming.names[reference] { return name }
        guard let dot = reference.lastIndex(of: "."), let name = naming.names[String(reference[..<dot])] else { return reference }
        return name + reference[dot...]
    }

    private func plain(_ value: WorkflowDocument.Value) -> YAMLNode {
        switch value {
        case .null: .plain("null")
        case .boolean(let flag): .plain(flag ? "true" : "false")
        case .number("NaN"): .plain(".nan")
        case .number("Infinity"): .plain(".inf")
        case .number("-Infinity"): .plain("-.inf")
        case .number(let text): .plain(text)
        case .string(let text): .text(document.form == .yaml ? text : text.replacingDollars())
        case .list(let elements): .list(elements.map(plain), flow: true)
        case .map(let members): .map(members.map { .init($0.key, plain($0.value)) }, flow: true)
        case .link(let link): .map([.init("from", .text(reference(link, wanted: nil, inputName: "")))], flow: true)
        }
    }

    private mutating func report(_ message: String, _ node: WorkflowDocument.Node, _ input: WorkflowDocument.Input) {
        diagnostics.append(
            Diagnostic(
                .warning, .lostInConversion, message, file: document.fileName(at: input.namePosition), position: input.namePosition,
                node: node.name, input: input.name, hint: DiagnosticCode.lostInConversion.hint))
    }
}

extension String {
    /// `${` in a text that isn't a parameter's is written `$${` in our own form.
    fileprivate func replacingDollars() -> String {
        guard utf8.contains(UInt8(ascii: "$")) else { return self }
        var result = ""
        var rest = self[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            result += rest.hasPrefix("${") ? "$$" : "$"
            rest = rest.dropFirst()
        }
        return result + rest
    }
}
