internal import Glibc

/// Turns what a person wrote into a typed value, by ComfyUI's rules: Python's `int`, `float`, `str`, `bool`.
///
/// Our own form departs where Python's rule would surprise: a text keeps the digits as written, `"false"` is no
/// boolean, and nothing isn't the text "None".
struct LiteralConversion {
    let form: WorkflowDocument.Form
    var checksRanges = true

    /// A literal that doesn't fit, ready for a message: "… is above the maximum 100".
    struct Mismatch: Error {
        var code: DiagnosticCode
        var reason: String
        var hint: String?
    }

    /// The value of a literal for an input. Files are only read as names here.
    func value(_ literal: WorkflowDocument.Value, for kind: InputSpec.Kind) throws(Mismatch) -> any WorkflowValue {
        switch kind {
        case .integer(let spec):
            let number = try integer(literal)
            if checksRanges, let least = spec.min, number < least { throw tooSmall(number, least) }
            if checksRanges, let most = spec.max, number > most { throw tooLarge(number, most) }
            return number.value
        case .float(let spec):
            let number = try float(literal)
            if checksRanges, let least = spec.min, number < least { throw tooSmall(number.shortText, least.shortText) }
            if checksRanges, let most = spec.max, number > most { throw tooLarge(number.shortText, most.shortText) }
            return number
        case .string: return try string(literal)
        case .boolean: return try boolean(literal)
        case .choice(let spec): return try choice(literal, spec)
        case .file: return try name(literal)
        case .socket(let type): return try natural(literal, type)
        }
    }

    // MARK: Numbers

    private func integer(_ literal: WorkflowDocument.Value) throws(Mismatch) -> IntegerLiteral {
        switch literal {
        case .number(let text):
            if let value = IntegerLiteral(text) { return value }
            guard let number = Double(text), number.isFinite else { break }
            // Python truncates: 64.9 is 64.
            let whole = number.rounded(.towardZero)
            if let value = Int64(exactly: whole) { return IntegerLiteral(value) }
            if let value = UInt64(exactly: whole) { return IntegerLiteral(value) }
            throw Mismatch(code: .outOfRange, reason: "\(text) has more than 64 bits")
        case .string(let text):
            let digits = text.trimmed()
            if let value = IntegerLiteral(digits.replacingUnderscores()) { return value }
        case .boolean(let value): return IntegerLiteral(Int64(value ? 1 : 0))
        default: break
        }
        throw wrong(literal, "a whole number")
    }

    private func float(_ literal: WorkflowDocument.Value) throws(Mismatch) -> Double {
        switch literal {
        case .number(let text):
            if let value = Double(text) { return value }
        case .string(let text):
            let digits = text.trimmed().replacingUnderscores()
            // Swift reads 0x1p3 too, which Python doesn't.
            if !digits.lowercased().contains("x"), let value = Double(digits) { return value }
        case .boolean(let value): return value ? 1 : 0
        default: break
        }
        throw wrong(literal, "a number")
    }

    private func tooSmall(_ value: some CustomStringConvertible, _ least: some CustomStringConvertible) -> Mismatch {
        Mismatch(code: .outOfRange, reason: "\(value) is below the minimum \(least)")
    }

    private func tooLarge(_ value: some CustomStringConvertible, _ most: some CustomStringConvertible) -> Mismatch {
        Mismatch(code: .outOfRange, reason: "\(value) is above the maximum \(most)")
    }

    // MARK: Texts and switches

    private func string(_ literal: WorkflowDocument.Value) throws(Mismatch) -> String {
        switch literal {
        case .string(let text): return text
        case .number(let text): return form == .yaml ? text : pythonText(text)
        case .boolean(let value):
            return form == .yaml ? (value ? "true" : "false") : (value ? "True" : "False")
        case .null where form != .yaml: return "None"
        default: throw wrong(literal, "a text")
        }
    }

    /// `str` of a JSON number: integers as they are, others as Python's float prints.
    private func pythonText(_ text: String) -> String {
        if IntegerLiteral(text) != nil { return text }
        switch text {
        case "NaN": return "nan"
        case "Infinity": return "inf"
        case "-Infinity": return "-inf"
        default: return Double(text).map { "\($0)" } ?? text
        }
    }

    private func boolean(_ literal: WorkflowDocument.Value) throws(Mismatch) -> Bool {
        switch literal {
        case .boolean(let value): return value
        case .number(let text): return Double(text) != 0
        case .string(let text) where form != .yaml: return !text.isEmpty
        case .null where form != .yaml: return false
        case .list(let elements) where form != .yaml: return !elements.isEmpty
        default:
            throw Mismatch(
                code: .wrongType, reason: "\(literal.excerpt) is neither true nor false", hint: "write true or false")
        }
    }

    // MARK: Choices

    private func name(_ literal: WorkflowDocument.Value) throws(Mismatch) -> String {
        switch literal {
        case .string(let text): return text
        // A file may be called 5.png or 7: unquoted, that is a number in our own form only.
        case .number(let text) where form == .yaml: return text
        case .boolean(let value) where form == .yaml: return value ? "true" : "false"
        default: throw wrong(literal, "a name")
        }
    }

    private func choice(_ literal: WorkflowDocument.Value, _ spec: InputSpec.ChoiceSpec) throws(Mismatch) -> any WorkflowValue {
        if spec.multiple, case .list(let elements) = literal {
            var chosen: [any WorkflowValue] = []
            for element in elements { chosen.append(try oneChoice(element, spec)) }
            return ValueList(chosen)
        }
        return try oneChoice(literal, spec)
    }

    private func oneChoice(_ literal: WorkflowDocument.Value, _ spec: InputSpec.ChoiceSpec) throws(Mismatch) -> String {
        if let text = try? name(literal), spec.choices.contains(text) { return text }
        let written = (try? name(literal)) ?? literal.excerpt
        throw Mismatch(
            code: .notInChoices, reason: "\(literal.excerpt) isn't one of its \(spec.choices.count) choices",
            hint: NearestMatch.hint(for: written, among: spec.choices, called: "choices")
                ?? "choices: \(spec.choices.prefix(8).joined(separator: ", ")), …")
    }

    // MARK: Sockets that take literals

    /// A literal for a socket of scalar types (`*`, `INT,FLOAT`): what it looks like.
    private func natural(_ literal: WorkflowDocument.Value, _ type: PortType) throws(Mismatch) -> any WorkflowValue {
        func takes(_ name: String) -> Bool { type.accepts(PortType(name)) }
        switch literal {
        case .number(let text):
            if takes("INT"), let value = IntegerLiteral(text) { return value.value }
            if takes("FLOAT"), let value = Double(text) { return value }
        case .string(let text) where takes("STRING"): return text
        case .boolean(let value) where takes("BOOLEAN"): return value
        case .list(let elements) where type.isWildcard:
            var values: [any WorkflowValue] = []
            for element in elements { values.append(try natural(element, type)) }
            return ValueList(values)
        default: break
        }
        throw Mismatch(
            code: .badLink, reason: "\(literal.excerpt) stands where only a link to \(article(type)) can",
            hint: form == .yaml ? "write the name of a node, or node.OUTPUT" : "write [\"node id\", output number]")
    }

    private func article(_ type: PortType) -> String {
        let text = type.description
        return "AEIOU".contains(text.prefix(1)) ? "an \(text)" : "a \(text)"
    }

    private func wrong(_ literal: WorkflowDocument.Value, _ wanted: String) -> Mismatch {
        Mismatch(code: .wrongType, reason: "\(literal.excerpt) is not \(wanted)")
    }
}

extension Double {
    /// `1` rather than `1.0`.
    var shortText: String { self == rounded() && abs(self) < 1e15 ? String(Int64(self)) : "\(self)" }
}

extension String {
    /// Python allows `1_000`: single underscores between digits.
    fileprivate func replacingUnderscores() -> String {
        guard contains("_"), !hasPrefix("_"), !hasSuffix("_"), !contains("__") else { return self }
        return filter { $0 != "_" }
    }
}
