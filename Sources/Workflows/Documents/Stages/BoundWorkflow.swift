internal import Formats
internal import Problems

/// One file with the values of its parameters and what is set from outside in their place; calls, `foreach` and loops are still as
/// written.
struct BoundWorkflow {
    private(set) var document: WorkflowDocument
    private(set) var diagnostics: [Diagnostic] = []
    private var values: [String: WorkflowDocument.Value] = [:]

    /// - Parameters:
    ///   - arguments: values of parameters, by the caller or from outside. The names are those of parameters.
    ///   - settings: of inputs; those of the file's nodes are made.
    ///   - scope: prefix of the file's nodes: `winter/` inside the call `winter`.
    init(
        _ document: WorkflowDocument, arguments: [(name: String, value: WorkflowDocument.Value)], settings: inout Settings,
        scope: String = ""
    ) {
        self.document = document
        for parameter in document.parameters { values[parameter.name] = parameter.value }
        for argument in arguments {
            guard let index = document.parameters.firstIndex(where: { $0.name == argument.name }) else { continue }
            check(argument.value, against: document.parameters[index])
            self.document.parameters[index].value = argument.value
            values[argument.name] = argument.value
        }
        if !settings.isEmpty {
            for index in document.nodes.indices {
                for setting in settings.take(document.nodes[index].name, in: scope) { self.document.nodes[index].set(setting) }
            }
        }
        if document.form == .yaml { substitute() }
    }

    /// A parameter that says what it takes gets nothing else.
    private mutating func check(_ value: WorkflowDocument.Value, against parameter: WorkflowDocument.Parameter) {
        guard let type = parameter.type else { return }
        let fits =
            switch value {
            case .number(let text): type.names.contains("FLOAT") || (type.names.contains("INT") && IntegerLiteral(text) != nil)
            case .boolean: type.names.contains("BOOLEAN")
            case .string: type.names.contains("STRING") || parameter.takesLink
            case .link: true
            case .null, .list, .map: false
            }
        // A text of digits is a text all the same.
        if fits || (type.names.contains("STRING") && value.isScalar) || type.isWildcard { return }
        diagnostics.append(
            Diagnostic(
                .error, .wrongType, "parameter \"\(parameter.name)\" takes \(type), not \(value.excerpt)",
                file: document.files.first?.name, position: parameter.position, hint: DiagnosticCode.wrongType.hint))
    }

    // MARK: Substitution

    private mutating func substitute() {
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

extension WorkflowDocument.Node {
    /// Gives an input, or what a repeated node walks, another value.
    mutating func set(_ setting: Settings.Input) {
        if let index = foreach?.inputs.firstIndex(where: { $0.name == setting.name }) {
            foreach?.inputs[index].value = setting.value
        } else {
            inputs.set(setting)
        }
    }
}

extension [WorkflowDocument.Input] {
    mutating func set(_ setting: Settings.Input) {
        if let index = firstIndex(where: { $0.name == setting.name }) {
            self[index].value = setting.value
            self[index].isOverride = true
        } else {
            append(.init(name: setting.name, value: setting.value, isOverride: true))
        }
    }
}
