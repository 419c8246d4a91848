/// A value set from outside the file: `--set name=value`, `--set node.input=value`.
public struct Assignment: Sendable, Equatable {
    /// A parameter's name, or `node.input`.
    public var target: String
    public var value: WorkflowDocument.Value

    public init(target: String, value: WorkflowDocument.Value) {
        self.target = target
        self.value = value
    }

    /// `target=value`, the value read as an unquoted YAML scalar: `8` is a number, everything else is a text as it is.
    /// `nil` without an `=` or without a target.
    public init?(_ text: String) {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else { return nil }
        target = String(text[..<equals]).trimmed()
        let raw = String(text[text.index(after: equals)...])
        value =
            raw.isEmpty
            ? .string("")
            : WorkflowDocument.Value(
                .init(
                    content: PlainScalar.content(of: raw), position: SourcePosition(line: 1, column: 1)))
    }
}

extension WorkflowDocument {
    /// The document with assignments made and every `${parameter}` replaced by its value.
    ///
    /// A text that is nothing but `${name}` takes the parameter's value with its type; inside a longer text the value
    /// is written out. `$${` stands for `${`. Only our own form has parameters: prompts saved elsewhere stay as they are.
    ///
    /// - Returns: the bound document, and an error per unknown target or parameter.
    ///
    /// - Parameters:
    ///   - catalog: node types, for what repeated nodes give.
    ///   - files: what names and patterns in `foreach` may mean.
    public func bound(
        with assignments: [Assignment] = [], catalog: NodeCatalog? = nil, files: any FileCatalog = AnyFileCatalog()
    ) -> (document: WorkflowDocument, diagnostics: [Diagnostic]) {
        var binding = ParameterBinding(self)
        let late = assignments.filter { !binding.apply($0) }
        if form == .yaml { binding.substitute() }
        let expansion = SubWorkflowExpansion(binding.document, catalog: catalog, files: files)
        // Inputs of inner nodes, `winter/sampled.steps`, can be set once they are there.
        var inner = ParameterBinding(expansion.document)
        var later: [Assignment] = []
        for assignment in late where !inner.apply(assignment) { later.append(assignment) }
        let unrolling = LoopUnrolling(inner.document, catalog: catalog)
        var written = ParameterBinding(unrolling.document)
        for assignment in later where !written.apply(assignment) && !written.applyToElements(assignment) {
            written.reportUnknown(assignment.target)
        }
        return (
            written.document,
            binding.diagnostics + expansion.diagnostics + inner.diagnostics + unrolling.diagnostics + written.diagnostics
        )
    }

    /// Like `bound(with:)`, with calls left as they are.
    func boundWithoutCalls(with assignments: [Assignment]) -> (document: WorkflowDocument, diagnostics: [Diagnostic]) {
        var binding = ParameterBinding(self)
        for assignment in assignments where !binding.apply(assignment) { binding.reportUnknown(assignment.target) }
        if form == .yaml { binding.substitute() }
        return (binding.document, binding.diagnostics)
    }
}

/// Binds parameters and overrides.
private struct ParameterBinding {
    var document: WorkflowDocument
    var diagnostics: [Diagnostic] = []
    private var values: [String: WorkflowDocument.Value] = [:]
    private lazy var nodeIndex: [String: Int] = Dictionary(
        document.nodes.enumerated().map { ($1.name, $0) }
    ) { first, _ in first }

    init(_ document: WorkflowDocument) {
        self.document = document
        for parameter in document.parameters { values[parameter.name] = parameter.value }
    }

    // MARK: Assignments

    /// Makes an assignment; `false` when nothing is called like its target.
    mutating func apply(_ assignment: Assignment) -> Bool {
        if let index = document.parameters.firstIndex(where: { $0.name == assignment.target }) {
            check(assignment, against: document.parameters[index])
            document.parameters[index].value = assignment.value
            values[assignment.target] = assignment.value
            return true
        }
        guard let (node, input) = place(of: assignment.target) else { return false }
        set(input, of: node, to: assignment.value)
        return true
    }

    /// Makes an assignment in every element of a `foreach`: `styled/sampled.steps` for `styled[1]/sampled`, `styled[2]/sampled` …
    mutating func applyToElements(_ assignment: Assignment) -> Bool {
        guard let dot = assignment.target.lastIndex(of: ".") else { return false }
        let name = assignment.target[..<dot], input = String(assignment.target[assignment.target.index(after: dot)...])
        let elements = document.nodes.indices.filter {
            document.nodes[$0].name.utf8.contains(UInt8(ascii: "[")) && ElementName.common(document.nodes[$0].name) == name
        }
        for node in elements { set(input, of: node, to: assignment.value) }
        return !elements.isEmpty
    }

    private mutating func set(_ input: String, of node: Int, to value: WorkflowDocument.Value) {
        if let index = document.nodes[node].foreach?.inputs.firstIndex(where: { $0.name == input }) {
            document.nodes[node].foreach?.inputs[index].value = value
        } else if let index = document.nodes[node].inputs.firstIndex(where: { $0.name == input }) {
            document.nodes[node].inputs[index].value = value
            document.nodes[node].inputs[index].isOverride = true
        } else {
            document.nodes[node].inputs.append(.init(name: input, value: value, isOverride: true))
        }
    }

    /// A parameter that says what it takes gets nothing else.
    private mutating func check(_ assignment: Assignment, against parameter: WorkflowDocument.Parameter) {
        guard let type = parameter.type else { return }
        let fits =
            switch assignment.value {
            case .number(let text): type.names.contains("FLOAT") || (type.names.contains("INT") && IntegerLiteral(text) != nil)
            case .boolean: type.names.contains("BOOLEAN")
            case .string: type.names.contains("STRING") || parameter.takesLink
            case .link: true
            case .null, .list, .map: false
            }
        // A text of digits is a text all the same.
        if fits || (type.names.contains("STRING") && assignment.value.isScalar) || type.isWildcard { return }
        diagnostics.append(
            Diagnostic(
                .error, .wrongType, "parameter \"\(parameter.name)\" takes \(type), not \(assignment.value.excerpt)",
                file: document.files.first?.name, position: parameter.position, hint: DiagnosticCode.wrongType.hint))
    }

    /// The node and input of `node.input`. Names may hold dots: the longest node name that fits wins. A title or a
    /// type will do where it is unique, since API files call their nodes "3" and "7".
    private mutating func place(of target: String) -> (node: Int, input: String)? {
        var dot = target.lastIndex(of: ".")
        while let position = dot {
            let name = String(target[..<position]), input = String(target[target.index(after: position)...])
            if !input.isEmpty {
                if let node = nodeIndex[name] { return (node, input) }
                let called = document.nodes.indices.filter { document.nodes[$0].title == name }
                if called.count == 1 { return (called[0], input) }
                let typed = document.nodes.indices.filter { document.nodes[$0].type == name }
                if typed.count == 1 { return (typed[0], input) }
            }
            dot = target[..<position].lastIndex(of: ".")
        }
        return nil
    }

    mutating func reportUnknown(_ target: String) {
        var candidates = document.parameters.map(\.name)
        for node in document.nodes { candidates += node.inputs.map { "\(node.name).\($0.name)" } }
        var hint = NearestMatch.of(target, among: candidates).map { "did you mean \"\($0)\"?" }
        if hint == nil, !document.parameters.isEmpty, document.parameters.count <= 12 {
            hint = "parameters: \(document.parameters.map(\.name).joined(separator: ", "))"
        }
        diagnostics.append(
            Diagnostic(
                .error, .unknownOverride, "nothing in the workflow is called \"\(target)\"", file: document.files.first?.name,
                hint: hint ?? DiagnosticCode.unknownOverride.hint))
    }

    // MARK: Substitution

    mutating func substitute() {
        for node in document.nodes.indices {
            substituteForeach(of: node)
            for input in document.nodes[node].inputs.indices {
                let old = document.nodes[node].inputs[input]
                guard mentionsParameter(old.value) else { continue }
                document.nodes[node].inputs[input].value = replaced(
                    old.value, at: old.valuePosition, node: document.nodes[node].name, input: old.name)
                if old.control == nil { document.nodes[node].inputs[input].control = control(of: old.value) }
            }
        }
    }

    /// How the parameter that a text is moves on after a run: wherever it goes, it is one value.
    private func control(of value: WorkflowDocument.Value) -> AfterGenerate? {
        guard case .string(let text) = value, text.hasPrefix("${"), text.hasSuffix("}") else { return nil }
        let name = text.dropFirst(2).dropLast()
        return document.parameters.first { $0.name == name }?.control
    }

    private mutating func substituteForeach(of node: Int) {
        guard var foreach = document.nodes[node].foreach else { return }
        let name = document.nodes[node].name
        for index in foreach.inputs.indices where mentionsParameter(foreach.inputs[index].value) {
            let input = foreach.inputs[index]
            foreach.inputs[index].value = replaced(input.value, at: input.valuePosition, node: name, input: input.name)
        }
        if let table = foreach.table, mentionsParameter(table) {
            foreach.table = replaced(table, at: foreach.position, node: name, input: "foreach")
        }
        document.nodes[node].foreach = foreach
    }

    private func mentionsParameter(_ value: WorkflowDocument.Value) -> Bool {
        switch value {
        case .string(let text), .link(.reference(let text)): text.utf8.contains(UInt8(ascii: "$"))
        case .list(let elements): elements.contains { mentionsParameter($0) }
        case .map(let members): members.contains { mentionsParameter($0.value) }
        default: false
        }
    }

    private mutating func replaced(
        _ value: WorkflowDocument.Value, at place: SourcePosition?, node: String, input: String
    ) -> WorkflowDocument.Value {
        switch value {
        case .string(let text): return expanded(text, at: place, node: node, input: input)
        case .link(.reference(let text)):
            if case .string(let name) = expanded(text, at: place, node: node, input: input) { return .link(.reference(name)) }
            return value
        case .list(let elements):
            return .list(elements.map { replaced($0, at: place, node: node, input: input) })
        case .map(let members):
            return .map(members.map { .init(key: $0.key, value: replaced($0.value, at: place, node: node, input: input)) })
        default: return value
        }
    }

    private mutating func expanded(
        _ text: String, at place: SourcePosition?, node: String, input: String
    ) -> WorkflowDocument.Value {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                result += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${"), let end = rest.firstIndex(of: "}") {
                let name = String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
                let value = lookUp(name, at: place, node: node, input: input)
                rest = rest[rest.index(after: end)...]
                if result.isEmpty, rest.isEmpty, text.hasPrefix("${") { return value }
                result += written(value)
            } else {
                result += "$"
                rest = rest.dropFirst()
            }
        }
        return .string(result + rest)
    }

    private mutating func lookUp(
        _ name: String, at place: SourcePosition?, node: String, input: String
    ) -> WorkflowDocument.Value {
        if let value = values[name] { return value }
        let declared = document.parameters.contains { $0.name == name }
        diagnostics.append(
            Diagnostic(
                .error, .unknownParameter,
                declared ? "parameter \"\(name)\" has no value" : "no parameter is called \"\(name)\"",
                file: document.fileName(at: place), position: place, node: node, input: input,
                hint: declared
                    ? "set it with --set \(name)=…, or give it a default"
                    : NearestMatch.hint(for: name, among: document.parameters.map(\.name), called: "parameters")
                        ?? DiagnosticCode.unknownParameter.hint))
        return .null
    }

    /// The value as part of a text.
    private func written(_ value: WorkflowDocument.Value) -> String {
        switch value {
        case .null: ""
        case .string(let text), .number(let text): text
        case .boolean(let value): value ? "true" : "false"
        default: value.excerpt
        }
    }
}
