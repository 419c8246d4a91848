internal import Formats

/// Reads one node specification. Unknown keys, wrong kinds and defaults out of range are errors: a specification
/// is part of the program.
struct SpecReader {
    private var diagnostics: [Diagnostic] = []
    private let type: String
    private let choiceLists: (String) -> ChoiceList?

    /// The specification, `nil` when the text can't be used at all.
    ///
    /// - Parameter choices: lists that a specification may name, `choices: {from: samplers}`.
    static func read(
        _ text: String, type: String, choices: @escaping (String) -> ChoiceList? = { _ in nil }
    ) -> (spec: NodeSpec?, diagnostics: [Diagnostic]) {
        let read = YAMLReader.read(text)
        var reader = SpecReader(type: type, choices: choices)
        reader.diagnostics = read.diagnostics
        guard let entries = read.tree?.entries else {
            if read.problems.isEmpty { reader.report("a specification is a map", at: SourcePosition(line: 1, column: 1)) }
            return (nil, reader.diagnostics)
        }
        let spec = reader.spec(entries)
        return (spec, reader.diagnostics)
    }

    /// The names in `[A, B]`.
    static func names(inline list: String) -> [String] {
        YAMLReader.read(list).tree?.elements?.compactMap(\.scalarText) ?? []
    }

    private init(type: String, choices: @escaping (String) -> ChoiceList?) {
        self.type = type
        choiceLists = choices
    }

    private mutating func report(_ message: String, at place: SourcePosition) {
        diagnostics.append(
            Diagnostic(.error, .invalidSpec, message, file: "\(type).yaml", position: place, node: type))
    }

    private mutating func spec(_ entries: [SourceTree.Entry]) -> NodeSpec? {
        var spec = NodeSpec(type: "")
        for entry in entries {
            let value = entry.value
            switch entry.key {
            case "type": spec.type = text(value)
            case "display": spec.display = text(value)
            case "aliases": spec.aliases = texts(value)
            case "category": spec.category = text(value)
            case "summary": spec.summary = text(value)
            case "inputs": spec.inputs = (value.entries ?? []).compactMap { input($0) }
            case "outputs": spec.outputs = (value.elements ?? []).map { output($0) }
            case "input_is_list": spec.inputIsList = boolean(value)
            case "output_node": spec.isOutputNode = boolean(value)
            case "always_runs": spec.alwaysRuns = boolean(value)
            case "deprecated": spec.isDeprecated = boolean(value)
            case "experimental": spec.isExperimental = boolean(value)
            case "known_only": spec.isKnownOnly = boolean(value)
            case "version": spec.version = integer(value) ?? 1
            default: report("unknown key \"\(entry.key)\"", at: entry.keyPosition)
            }
        }
        if spec.type != type {
            report(
                "the type is \"\(spec.type)\", the file is \(type).yaml",
                at: entries.first?.keyPosition ?? SourcePosition(line: 1, column: 1))
        }
        if spec.display.isEmpty { spec.display = spec.type }
        return spec.type.isEmpty ? nil : spec
    }

    private mutating func output(_ tree: SourceTree) -> OutputSpec {
        var output = OutputSpec(name: "", type: .any)
        for entry in tree.entries ?? [] {
            switch entry.key {
            case "name": output.name = text(entry.value)
            case "type": output.type = PortType(text(entry.value))
            case "list": output.isList = boolean(entry.value)
            case "description", "summary": break
            default: report("unknown key \"\(entry.key)\" of an output", at: entry.keyPosition)
            }
        }
        if output.name.isEmpty { output.name = output.type.description }
        return output
    }

    // MARK: Inputs

    /// What an input's map may hold, whatever its kind; each kind picks its own.
    private struct Options {
        var type: PortType?
        var choices: ChoiceList?
        var files: String?
        var fallback: SourceTree?
        var min: SourceTree?, max: SourceTree?, step: SourceTree?, round: SourceTree?
        var control: Bool?
        var optional = false, lazy = false, socket = false, upload = false
        var multiline = false, dynamicPrompts = false, multiple = false
        var summary: String?
    }

    private mutating func input(_ entry: SourceTree.Entry) -> InputSpec? {
        guard let options = options(entry.value, of: entry) else { return nil }
        guard let kind = kind(options, of: entry) else { return nil }
        return InputSpec(
            name: entry.key, kind: kind, isOptional: options.optional, isLazy: options.lazy,
            isSocketOnly: options.socket, summary: options.summary)
    }

    private mutating func options(_ tree: SourceTree, of input: SourceTree.Entry) -> Options? {
        guard let entries = tree.entries else {
            report("input \"\(input.key)\" must be a map", at: input.keyPosition)
            return nil
        }
        var options = Options()
        for entry in entries {
            let value = entry.value
            switch entry.key {
            case "type": options.type = PortType(text(value))
            case "choices": options.choices = choices(value)
            case "files": options.files = text(value)
            case "default": options.fallback = value
            case "min": options.min = value
            case "max": options.max = value
            case "step": options.step = value
            case "round": options.round = value
            case "control_after_generate": options.control = boolean(value)
            case "optional": options.optional = boolean(value)
            case "lazy": options.lazy = boolean(value)
            case "socket": options.socket = boolean(value)
            case "upload": options.upload = boolean(value)
            case "multiline": options.multiline = boolean(value)
            case "dynamic_prompts": options.dynamicPrompts = boolean(value)
            case "multiselect": options.multiple = boolean(value)
            case "description", "summary": options.summary = text(value)
            default: report("unknown key \"\(entry.key)\" of input \"\(input.key)\"", at: entry.keyPosition)
            }
        }
        return options
    }

    private mutating func kind(_ options: Options, of input: SourceTree.Entry) -> InputSpec.Kind? {
        if let folder = options.files {
            return .file(
                .init(
                    folder: folder, choices: options.choices?.names ?? [], default: options.fallback?.scalarText,
                    upload: options.upload))
        }
        if let choices = options.choices {
            let fallback = options.fallback.map { text($0) }
            if let fallback, !choices.names.contains(fallback) {
                report("default \"\(fallback)\" of \"\(input.key)\" isn't among its choices", at: input.keyPosition)
            }
            return .choice(
                .init(
                    choices: choices.names, default: fallback, multiple: options.multiple,
                    controlAfterGenerate: options.control, otherNames: choices.otherNames))
        }
        guard let type = options.type else {
            report("input \"\(input.key)\" has neither type, choices nor files", at: input.keyPosition)
            return nil
        }
        switch type.names.count == 1 ? type.names[0] : "" {
        case "INT":
            let spec = InputSpec.IntegerSpec(
                default: wholeNumber(options.fallback), min: wholeNumber(options.min), max: wholeNumber(options.max),
                step: options.step.flatMap { integer($0) }, controlAfterGenerate: options.control)
            checkRange(spec.default, spec.min, spec.max, of: input)
            return .integer(spec)
        case "FLOAT":
            let spec = InputSpec.FloatSpec(
                default: number(options.fallback), min: number(options.min), max: number(options.max),
                step: number(options.step), round: number(options.round))
            checkRange(spec.default, spec.min, spec.max, of: input)
            return .float(spec)
        case "STRING":
            return .string(
                .init(
                    default: options.fallback.map { $0.scalarText ?? "" }, multiline: options.multiline,
                    dynamicPrompts: options.dynamicPrompts))
        case "BOOLEAN": return .boolean(default: options.fallback.map { boolean($0) })
        default: return .socket(type)
        }
    }

    private mutating func checkRange<Number: Comparable>(
        _ fallback: Number?, _ least: Number?, _ most: Number?, of input: SourceTree.Entry
    ) {
        guard let fallback else { return }
        if let least, fallback < least { report("default of \"\(input.key)\" is below min", at: input.keyPosition) }
        if let most, fallback > most { report("default of \"\(input.key)\" is above max", at: input.keyPosition) }
    }

    // MARK: Scalars

    private mutating func text(_ tree: SourceTree) -> String {
        if let text = tree.scalarText { return text }
        report("a text belongs here, not \(tree.kind)", at: tree.position)
        return ""
    }

    private mutating func texts(_ tree: SourceTree) -> [String] {
        guard let elements = tree.elements else {
            report("a list belongs here, not \(tree.kind)", at: tree.position)
            return []
        }
        return elements.map { text($0) }
    }

    /// A list, or the name of one that others have, too.
    private mutating func choices(_ tree: SourceTree) -> ChoiceList {
        guard let entries = tree.entries else { return ChoiceList(texts(tree)) }
        guard entries.count == 1, let entry = entries.first, entry.key == "from" else {
            report("choices are a list, or {from: name of a list}", at: tree.position)
            return ChoiceList([])
        }
        let name = text(entry.value)
        guard let list = choiceLists(name) else {
            report("there is no list of choices called \"\(name)\"", at: entry.value.position)
            return ChoiceList([])
        }
        return list
    }

    private mutating func boolean(_ tree: SourceTree) -> Bool {
        if case .boolean(let value) = tree.content { return value }
        report("true or false belongs here", at: tree.position)
        return false
    }

    private mutating func integer(_ tree: SourceTree) -> Int? {
        if case .number(let text) = tree.content, let value = Int(text) { return value }
        report("a whole number belongs here", at: tree.position)
        return nil
    }

    private mutating func wholeNumber(_ tree: SourceTree?) -> IntegerLiteral? {
        guard let tree else { return nil }
        if case .number(let text) = tree.content, let value = IntegerLiteral(text) { return value }
        report("a whole number belongs here", at: tree.position)
        return nil
    }

    private mutating func number(_ tree: SourceTree?) -> Double? {
        guard let tree else { return nil }
        if case .number(let text) = tree.content, let value = Double(text) { return value }
        report("a number belongs here", at: tree.position)
        return nil
    }
}
