internal import Formats

/// A node of the prompt that a saved workflow comes to.
struct UIPromptNode {
    /// As the prompt calls it: `5`, or `12:5` inside an instance.
    var id: String
    var type: String
    var title: String
    /// The node pack it comes from, where the file says so and it isn't ComfyUI itself.
    var pack: String?
    var position: SourcePosition
    /// Widgets in their order, then linked sockets.
    var inputs: [Input]

    struct Input {
        var name: String
        var value: Value
        /// How a widget's value moves on after a run.
        var control: AfterGenerate?
    }

    enum Value {
        case literal(SourceTree)
        case link(node: String, slot: Int)
    }
}

/// What the conversion may not decide by itself.
public struct UIConversionOptions: Sendable {
    /// Chooses among the options of `{a|b|c}` in prompts: the index for a count. By default a generator started with `seed`.
    public var choose: @Sendable (Int) -> Int
    /// The time that `%date:…%` in file prefixes stands for.
    public var clock: ClockTime?
    /// Where a file input without a stored value finds its default: the first file.
    public var files: any FileCatalog

    public init(
        clock: ClockTime? = nil, files: any FileCatalog = AnyFileCatalog(), choose: @escaping @Sendable (Int) -> Int = { _ in 0 }
    ) {
        self.choose = choose
        self.clock = clock
        self.files = files
    }
}

/// Turns a workflow that ComfyUI's window saved into the flat graph that it would send to be computed.
///
/// Follows what the window does, but for a few accidents of it where this does what the person meant: `docs/ui-form.md` lists them.
struct UIConverter {
    private let scopes: [UIScope]
    private let resolver: UILinkResolver
    private let catalog: NodeCatalog
    private let options: UIConversionOptions
    /// What wasn't plain, with its place; the inside of a definition counts once.
    var notes: [UINote] { fileNotes + resolver.memory.notes }
    private let fileNotes: [UINote]

    /// - Throws: `UIConversionError` when a subgraph contains itself.
    init(_ tree: SourceTree, catalog: NodeCatalog, options: UIConversionOptions) throws(UIConversionError) {
        let file = UIFileReader.read(tree)
        scopes = try UIScope.all(of: file, catalog: catalog)
        // A group node's definition goes by two names.
        let inner = Set(file.notes + file.definitions.values.flatMap(\.graph.notes) + scopes.flatMap(\.notes))
        fileNotes = file.root.notes + inner.sorted { ($0.position, $0.message) < ($1.position, $1.message) }
        resolver = UILinkResolver(scopes: scopes, catalog: catalog)
        self.catalog = catalog
        self.options = options
    }

    /// The prompt's nodes: whole-number ids first and ascending, then the others as they lie in the file.
    func prompt() -> [UIPromptNode] {
        var numbered: [(Int, UIPromptNode)] = []
        var others: [UIPromptNode] = []
        for scope in scopes.indices where !scopes[scope].isOff {
            let graph = scopes[scope].graph
            for (index, node) in graph.nodes.enumerated() {
                guard graph.indexOfNode[node.id] == index, node.mode == .active, scopes[scope].children[index] == nil,
                    !VirtualNode.contains(node.type)
                else { continue }
                let converted = promptNode(node, in: scope)
                if let number = Int(converted.id), number >= 0 {
                    numbered.append((number, converted))
                } else {
                    others.append(converted)
                }
            }
        }
        return numbered.sorted { $0.0 < $1.0 }.map(\.1) + others
    }

    private func promptNode(_ node: UINode, in scope: Int) -> UIPromptNode {
        let spec = catalog.spec(node.type, in: .ui)
        var inputs: [UIPromptNode.Input] = []
        var widgets: Set<String> = []
        let stored = spec.map { UIWidgets(spec: $0, files: options.files) }
        let controls = stored?.controls(in: node.widgetValues) ?? [:]
        for entry in stored?.values(from: node.widgetValues) ?? [] {
            widgets.insert(entry.input.name)
            let own = node.given("control_after_generate").flatMap { AfterGenerate(stored: $0) } ?? controls[entry.input.name]
            let value = node.given(entry.input.name).map { UIWidgets.windowText($0, for: entry.input) } ?? entry.value
            let control = controls[entry.input.name] == nil ? nil : own
            guard let input = widget(entry.input, stored: value, control: control, node: node, in: scope) else { continue }
            inputs.append(input)
        }
        if let stored { noteLeftOvers(of: node, stored) }
        for (index, slot) in node.inputs.enumerated() where !widgets.contains(slot.widget ?? slot.name) {
            guard let link = slot.link, !node.inputs[(index + 1)...].contains(where: { $0.name == slot.name }) else { continue }
            let wanted = spec?.input(slot.name)?.portType.description ?? slot.type
            switch resolver.source(of: link, in: scope, wanted: wanted) {
            case .output(let origin, let slotNumber): inputs.append(.init(name: slot.name, value: .link(node: origin, slot: slotNumber)))
            case .promoted(let value): inputs.append(.init(name: slot.name, value: .literal(value)))
            // The window gives a primitive's value to widgets only; what the person wanted is plain.
            case .primitive(let value, _, let control): inputs.append(.init(name: slot.name, value: .literal(value), control: control))
            case .muted, .nothing: break
            }
        }
        return UIPromptNode(
            id: scopes[scope].prefix + node.id, type: spec?.type ?? node.type, title: node.title ?? spec?.display ?? node.type,
            pack: (node.properties?["cnr_id"] ?? node.properties?["aux_id"])?.string.flatMap { $0 == "comfy-core" ? nil : $0 },
            position: node.position, inputs: inputs)
    }

    /// Values that the file holds for the node's widgets, and no widget takes.
    private func noteLeftOvers(of node: UINode, _ widgets: UIWidgets) {
        for left in widgets.leftOvers(in: node.widgetValues) {
            resolver.memory.note("node \(node.id) (\(node.type)): \(left.message)", at: left.position, as: left.code)
        }
        for given in node.given where given.path.isEmpty && !widgets.hasWidget(given.widget) {
            resolver.memory.note(
                "node \(node.id) (\(node.type)) has no widget \"\(given.widget)\": \(WorkflowDocument.Value(given.value).excerpt), "
                    + "which an instance around it holds for it, has no effect", at: given.value.position, as: .leftOver)
        }
    }

    /// What a widget comes to: its stored value, or what is linked to it; `nil` when a muted node is.
    private func widget(
        _ input: InputSpec, stored: SourceTree, control: AfterGenerate?, node: UINode, in scope: Int
    ) -> UIPromptNode.Input? {
        func literal(_ value: SourceTree, _ control: AfterGenerate?) -> UIPromptNode.Input {
            .init(name: input.name, value: .literal(processed(value, input, node.type)), control: control)
        }
        guard let link = node.input(named: input.name)?.link else { return literal(stored, control) }
        switch resolver.source(of: link, in: scope, wanted: input.portType.description) {
        case .output(let origin, let slot): return .init(name: input.name, value: .link(node: origin, slot: slot))
        case .promoted(let value): return literal(value, control)
        case .primitive(var value, let fillsTokens, let control):
            if fillsTokens, let text = value.string { value.content = .string(tokens.resolve(text)) }
            let taken = UIWidgets.number(value, for: input)
            if UIWidgets.isOther(taken, than: value, for: input) {
                resolver.memory.note(
                    "\(scopes[scope].prefix)\(node.id).\(input.name): a primitive's \(WorkflowDocument.Value(value).excerpt) becomes "
                        + "\(WorkflowDocument.Value(taken).excerpt), as in ComfyUI's window", at: value.position, as: .valueConverted)
            }
            return literal(taken, control)
        case .muted: return nil
        case .nothing: return literal(stored, control)
        }
    }

    /// Text as the window sends it: choices in prompts made, tokens in file prefixes filled in.
    private func processed(_ value: SourceTree, _ input: InputSpec, _ type: String) -> SourceTree {
        guard let text = value.string else { return repaired(value) }
        var result = text
        if case .string(let spec) = input.kind, spec.dynamicPrompts, DynamicPrompt.mayChange(text) {
            result = DynamicPrompt.resolve(text, choose: options.choose)
        } else if input.name == "filename_prefix", FilenameTokens.types.contains(type), text.utf8.contains(UInt8(ascii: "%")) {
            result = tokens.resolve(text)
        } else if input.name == "sampler_name", text.hasPrefix("sample_"), type == "KSampler" || type == "KSamplerAdvanced" {
            result = String(text.dropFirst(7))
        }
        return result == text ? value : SourceTree(content: .string(result), position: value.position)
    }

    /// Numbers in JavaScript's spelling.
    private func repaired(_ value: SourceTree) -> SourceTree {
        guard case .number(let literal) = value.content else { return value }
        return SourceTree(content: .number(JavaScriptNumber.text(literal)), position: value.position)
    }

    private var tokens: FilenameTokens {
        FilenameTokens(
            clock: options.clock ?? ClockTime(year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0),
            widgetText: storedText)
    }

    /// Every node in the order of the file, the inside of an instance behind it.
    private func allNodes(of scope: Int) -> [UINode] {
        scopes[scope].graph.nodes.enumerated().flatMap { index, node in
            [node] + (scopes[scope].children[index].map(allNodes) ?? [])
        }
    }

    /// For `%Node.widget%`: the node by its search name, else by its title; nodes inside subgraphs count too.
    private func storedText(node name: String, widget: String) -> String? {
        let nodes = allNodes(of: 0)
        let found =
            nodes.first { $0.properties?["Node name for S&R"]?.scalarText == name }
            ?? nodes.first { ($0.title ?? catalog.spec($0.type, in: .ui)?.display ?? $0.type) == name }
        guard let found, let spec = catalog.spec(found.type, in: .ui) else { return nil }
        let stored = UIWidgets(spec: spec, files: options.files).storedValue(widget, in: found.widgetValues)
        guard let value = found.given(widget) ?? stored else { return nil }
        if case .number(let literal) = value.content { return JavaScriptNumber.text(literal) }
        return value.scalarText
    }
}
