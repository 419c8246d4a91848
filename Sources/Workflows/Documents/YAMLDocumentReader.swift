internal import Formats
internal import Problems

/// Reads our own form. Strict: every key has a meaning, or is an error that names the nearest one.
struct YAMLDocumentReader {
    private(set) var diagnostics: [Diagnostic] = []
    private let file: SourceFile

    init(file: SourceFile) { self.file = file }

    static let topLevelKeys = ["title", "description", "parameters", "sweep", "nodes", "outputs"]

    mutating func read(_ tree: SourceTree) -> WorkflowDocument? {
        guard let entries = tree.entries else {
            report(.wrongShape, "a workflow is a map with nodes, not \(tree.kind)", at: tree.position)
            return nil
        }
        var document = WorkflowDocument(form: .yaml, files: [file])
        for entry in entries {
            switch entry.key {
            case "title": document.title = text(entry)
            case "description": document.summary = text(entry)
            case "parameters": document.parameters = members(of: entry).compactMap { parameter($0) }
            case "sweep":
                document.sweep = members(of: entry).map { .init(target: $0.key, value: value($0.value)) }
            case "nodes":
                for member in members(of: entry) {
                    if let node = node(member) { document.nodes.append(node) }
                }
            case "outputs":
                document.outputs = members(of: entry).map { member in
                    .init(
                        name: member.key, position: member.keyPosition, value: value(member.value),
                        valuePosition: member.value.position)
                }
            default:
                report(
                    .unknownKey, "a workflow has no key \"\(entry.key)\"", at: entry.keyPosition,
                    hint: NearestMatch.hint(for: entry.key, among: Self.topLevelKeys, called: "keys"))
            }
        }
        if tree["nodes"] == nil {
            report(.wrongShape, "the workflow has no \"nodes\"", at: tree.position)
        }
        return document
    }

    // MARK: Parts

    private mutating func parameter(_ entry: SourceTree.Entry) -> WorkflowDocument.Parameter? {
        guard isName(entry.key) else {
            report(
                .wrongShape, "\"\(entry.key)\" can't be a parameter's name", at: entry.keyPosition,
                hint: "letters, digits, - and _ only")
            return nil
        }
        var parameter = WorkflowDocument.Parameter(name: entry.key, position: entry.keyPosition, value: nil)
        // `{from: node}` is a default that links, not a description of the parameter.
        guard let members = entry.value.entries, !members.contains(where: { $0.key == "from" }) else {
            parameter.value = value(entry.value)
            return parameter
        }
        for member in members {
            switch member.key {
            case "default": parameter.value = value(member.value)
            case "description": parameter.summary = text(member)
            case "type": parameter.type = text(member).map { PortType($0) }
            case "control_after_generate": parameter.control = control(member).map { AfterGenerate($0, group: "parameter \(entry.key)") }
            default:
                report(
                    .unknownKey, "a parameter has no key \"\(member.key)\"", at: member.keyPosition,
                    hint: NearestMatch.hint(
                        for: member.key, among: ["default", "description", "type", "control_after_generate"], called: "keys"))
            }
        }
        return parameter
    }

    private func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_" || $0 == "-" }
    }

    /// A node: `type`, perhaps `title`, and its inputs beside them. An input that is itself called `type` or `title`
    /// goes into an inner map `inputs`.
    private mutating func node(_ entry: SourceTree.Entry) -> WorkflowDocument.Node? {
        guard let members = entry.value.entries else {
            report(
                .wrongShape, "node \"\(entry.key)\" must be a map, not \(entry.value.kind)", at: entry.value.position,
                node: entry.key, hint: "write {type: …} and its inputs")
            return nil
        }
        if members.contains(where: { $0.key == "workflow" && $0.value.string != nil }), !members.contains(where: { $0.key == "type" }) {
            return call(entry, members)
        }
        var node = WorkflowDocument.Node(name: entry.key, position: entry.keyPosition, type: "")
        let isRepeated = members.contains { $0.key == "foreach" }
        if isRepeated { node.foreach = foreach(members, of: entry.key) }
        for member in members {
            switch member.key {
            case "type":
                node.type = text(member) ?? ""
                node.typePosition = member.value.position
            case "title": node.title = text(member)
            case "foreach": break
            case "collect" where isRepeated: break
            case "control_after_generate": break
            case "inputs" where isInputMap(member.value):
                for inner in member.value.entries ?? [] { add(inner, to: &node) }
            default: add(member, to: &node)
            }
        }
        if let member = members.first(where: { $0.key == "control_after_generate" }), let mode = control(member) {
            controlSeed(of: &node, mode, at: member.keyPosition)
        }
        return node
    }

    /// `control_after_generate:` of a node says how its seed moves on, as the entry below the seed does in ComfyUI's window.
    private mutating func controlSeed(of node: inout WorkflowDocument.Node, _ mode: AfterGenerate.Mode, at place: SourcePosition) {
        let names = ["seed", "noise_seed", "value"]
        guard let index = node.inputs.firstIndex(where: { names.contains($0.name) }) else {
            report(
                .unknownKey, "node \"\(node.name)\" has no seed written that could move on", at: place, node: node.name,
                hint: "write seed: 0 beside it")
            return
        }
        node.inputs[index].control = AfterGenerate(mode)
    }

    private mutating func control(_ member: SourceTree.Entry) -> AfterGenerate.Mode? {
        let word = text(member) ?? ""
        if let mode = AfterGenerate.Mode(rawValue: word) { return mode }
        let words = AfterGenerate.Mode.allCases.map(\.rawValue)
        report(
            .notInChoices, "a value can't \"\(word)\" after a run", at: member.value.position,
            hint: NearestMatch.hint(for: word, among: words, called: "it can"))
        return nil
    }

    /// A node that is a workflow of its own: `workflow: file`, and arguments for its parameters under `with`.
    private mutating func call(_ entry: SourceTree.Entry, _ members: [SourceTree.Entry]) -> WorkflowDocument.Node {
        var node = WorkflowDocument.Node(name: entry.key, position: entry.keyPosition, type: "")
        node.foreach = foreach(members, of: entry.key)
        for member in members {
            switch member.key {
            case "foreach": break
            case "collect" where node.foreach != nil: break
            case "workflow":
                node.call = SubWorkflowCall(file: member.value.string ?? "", position: member.value.position)
                node.typePosition = member.value.position
            case "title": node.title = text(member)
            case "with": for argument in self.members(of: member) { add(argument, to: &node) }
            default:
                report(
                    .unknownKey, "a node that calls a workflow has no key \"\(member.key)\"", at: member.keyPosition, node: entry.key,
                    hint: NearestMatch.hint(for: member.key, among: ["workflow", "with", "foreach", "collect", "title"], called: "keys")
                        ?? "parameters of the called workflow go under with:")
            }
        }
        return node
    }

    /// `foreach:`, with what the results come to under `collect:`.
    private mutating func foreach(_ members: [SourceTree.Entry], of node: String) -> Foreach? {
        guard let entry = members.first(where: { $0.key == "foreach" }) else { return nil }
        var foreach = Foreach(position: entry.keyPosition)
        if let entries = entry.value.entries {
            for member in entries {
                foreach.inputs.append(
                    .init(
                        name: member.key, namePosition: member.keyPosition, value: elements(member.value),
                        valuePosition: member.value.position))
            }
            if entries.isEmpty { report(.emptyForeach, "\(node) is repeated over nothing", at: entry.value.position, node: node) }
        } else {
            foreach.table = elements(entry.value)
            foreach.position = entry.value.position
        }
        if let member = members.first(where: { $0.key == "collect" }) {
            let word = text(member) ?? ""
            if let collecting = Foreach.Collecting(rawValue: word) {
                foreach.collecting = collecting
            } else {
                report(
                    .notInChoices, "results are collected as a list or a batch, not \"\(word)\"", at: member.value.position, node: node,
                    hint: "collect: list gives them one after another, collect: batch joins them")
            }
        }
        return foreach
    }

    /// A value whose elements may be links.
    private mutating func elements(_ tree: SourceTree) -> WorkflowDocument.Value {
        guard let elements = tree.elements else { return value(tree) }
        return .list(elements.map { value($0) })
    }

    private func isInputMap(_ tree: SourceTree) -> Bool {
        guard let entries = tree.entries else { return false }
        return !(entries.count == 1 && entries[0].key == "from")
    }

    private mutating func add(_ entry: SourceTree.Entry, to node: inout WorkflowDocument.Node) {
        if node.inputs.contains(where: { $0.name == entry.key }) {
            report(.duplicateKey, "input \"\(entry.key)\" is given twice", at: entry.keyPosition, node: node.name)
            return
        }
        node.inputs.append(
            .init(
                name: entry.key, namePosition: entry.keyPosition, value: value(entry.value),
                valuePosition: entry.value.position))
    }

    /// `{from: node.output}` is a link; everything else is what it looks like.
    private mutating func value(_ tree: SourceTree) -> WorkflowDocument.Value {
        if let entries = tree.entries, entries.contains(where: { $0.key == "from" }) {
            guard entries.count == 1, let reference = entries[0].value.scalarText else {
                return .link(.malformed("a map with \"from\" and more"))
            }
            return .link(.reference(reference))
        }
        return WorkflowDocument.Value(tree)
    }

    // MARK: Shapes

    private mutating func members(of entry: SourceTree.Entry) -> [SourceTree.Entry] {
        if let entries = entry.value.entries { return entries }
        if case .null = entry.value.content { return [] }
        report(.wrongShape, "\"\(entry.key)\" must be a map, not \(entry.value.kind)", at: entry.value.position)
        return []
    }

    private mutating func text(_ entry: SourceTree.Entry) -> String? {
        if let text = entry.value.scalarText { return text }
        report(.wrongShape, "\"\(entry.key)\" must be a text, not \(entry.value.kind)", at: entry.value.position)
        return nil
    }

    private mutating func report(
        _ code: DiagnosticCode, _ message: String, at place: SourcePosition, node: String? = nil, hint: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(.error, code, message, file: file.name, position: place, node: node, hint: hint ?? code.hint))
    }
}
