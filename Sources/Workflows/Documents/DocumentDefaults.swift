internal import Formats

extension WorkflowDocument {
    /// Gives widgets that aren't written their declared defaults, as ComfyUI's window does with old files.
    ///
    /// For prompts out of pictures: they were whole when they were saved, and what they lack came later. A prompt from a file stays as
    /// it is, as ComfyUI's server has it.
    ///
    /// - Returns: a warning for each value that is taken.
    public mutating func fillDefaults(catalog: NodeCatalog) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        for index in nodes.indices {
            guard let spec = catalog.spec(nodes[index].type) else { continue }
            for input in spec.inputs where input.isWidget && !input.isOptional && nodes[index].input(input.name) == nil {
                guard let value = input.declaredDefault else { continue }
                nodes[index].inputs.append(.init(name: input.name, value: value))
                diagnostics.append(
                    Diagnostic(
                        .warning, .missingInput,
                        "\(nodes[index].name).\(input.name) isn't given, the picture is older than it; \(value.excerpt) is taken, its default",
                        file: fileName(at: nodes[index].position), position: nodes[index].position, node: nodes[index].name,
                        input: input.name))
            }
        }
        return diagnostics
    }

    /// Whether every node has a type, and every link leads to a node.
    public var hangsTogether: Bool {
        let names = Set(nodes.map(\.name))
        return !nodes.isEmpty
            && nodes.allSatisfy { node in
                !node.type.isEmpty
                    && node.inputs.allSatisfy { input in
                        switch input.value {
                        case .link(.slot(let source, _)): names.contains(source)
                        case .link(.malformed): false
                        default: true
                        }
                    }
            }
    }
}

extension InputSpec {
    /// What a widget holds when nobody has touched it; `nil` for one that has no default, and for files.
    fileprivate var declaredDefault: WorkflowDocument.Value? {
        switch kind {
        case .integer(let spec): spec.default.map { .number($0.description) }
        case .float(let spec): spec.default.map { .number($0.shortText) }
        case .string(let spec): spec.default.map { .string($0) }
        case .boolean(let value): value.map { .boolean($0) }
        case .choice(let spec): (spec.default ?? spec.choices.first).map { .string($0) }
        case .file(let spec): spec.default.map { .string($0) }
        case .socket: nil
        }
    }
}

extension WorkflowDocument.Value {
    /// What a JSON text says, numbers as they are written; `nil` when it is none.
    public init?(json text: String) {
        guard let tree = JSONReader.read(text).tree else { return nil }
        self.init(tree)
    }
}
