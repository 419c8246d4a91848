internal import Problems
internal import Glibc

/// Turns what a person wrote into a typed value, by ComfyUI's rules: Python's `int`, `float`, `str`, `bool`.
///
/// Our own form departs where Python's rule would surprise: a text keeps the digits as written, `"false"` is no
/// boolean, and nothing isn't the text "None".
struct LiteralConversion {
    let form: WorkflowDocument.Form
    var checksRanges = true

    /// The value of a literal for an input. Files are only read as names here.
    func value(_ literal: WorkflowDocument.Value, for kind: InputSpec.Kind) throws(ScalarMismatch) -> Scalar {
        let scalar: Scalar =
            switch kind {
            case .integer: .integer(try integer(literal))
            case .float: .float(try float(literal))
            case .string: .string(try string(literal))
            case .boolean: .boolean(try boolean(literal))
            case .choice(let spec): try choice(literal, spec)
            case .file: .string(try name(literal))
            case .socket(let type): try natural(literal, type)
            }
        if checksRanges { try kind.checkRange(of: scalar) }
        return scalar
    }

    /// What a literal is read as where that isn't what it says: 5.7 as a whole number, `"false"` as true. `nil` for all others.
    func departure(of literal: WorkflowDocument.Value, as value: Scalar, for kind: InputSpec.Kind) -> String? {
        switch (kind, literal, value) {
        case (.integer, .number(let text), .integer(let number)):
            guard IntegerLiteral(text) == nil, let written = Double(text), written != written.rounded() else { return nil }
            return "\(text) is no whole number; \(number) is taken"
        case (.integer, .boolean, .integer(let number)): return "\(literal.excerpt) is no number; \(number) is taken"
        case (.float, .boolean, .float(let number)): return "\(literal.excerpt) is no number; \(number.shortText) is taken"
        case (.string, .null, .string(let text)): return "null is no text; \"\(text)\" is taken, as in ComfyUI"
        case (.boolean, .string(let text), .boolean(let truth)):
            guard text.lowercased() != "\(truth)" else { return nil }
            return "\(literal.excerpt) counts as \(truth): in ComfyUI every text but the empty one is true"
        case (.boolean, .list, .boolean(let truth)), (.boolean, .null, .boolean(let truth)):
            return "\(literal.excerpt) counts as \(truth), as in ComfyUI"
        default: return nil
        }
    }

    // MARK: Numbers

    private func integer(_ literal: WorkflowDocument.Value) throws(ScalarMismatch) -> IntegerLiteral {
        switch literal {
        case .number(let text):
            if let value = IntegerLiteral(text) { return value }
            guard let number = Double(text), number.isFinite else { break }
            // Python truncates: 64.9 is 64.
            if let value = IntegerLiteral(whole: number.rounded(.towardZero)) { return value }
            throw ScalarMismatch(code: .outOfRange, reason: "\(text) has more than 64 bits")
        case .string(let text):
            let digits = text.trimmed()
            if let value = IntegerLiteral(digits.replacingUnderscores()) { return value }
        case .boolean(let value): return IntegerLiteral(Int64(value ? 1 : 0))
        default: break
        }
        throw wrong(literal, "a whole number")
    }

    private func float(_ literal: WorkflowDocument.Value) throws(ScalarMismatch) -> Double {
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

    // MARK: Texts and switches

    private func string(_ literal: WorkflowDocument.Value) throws(ScalarMismatch) -> String {
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

    private func boolean(_ literal: WorkflowDocument.Value) throws(ScalarMismatch) -> Bool {
        switch literal {
        case .boolean(let value): return value
        case .number(let text): return Double(text) != 0
        case .string(let text) where form != .yaml: return !text.isEmpty
        case .null where form != .yaml: return false
        case .list(let elements) where form != .yaml: return !elements.isEmpty
        default:
            throw ScalarMismatch(
                code: .wrongType, reason: "\(literal.excerpt) is neither true nor false", hint: "write true or false")
        }
    }

    // MARK: Choices

    private func name(_ literal: WorkflowDocument.Value) throws(ScalarMismatch) -> String {
        switch literal {
        case .string(let text): return text
        // A file may be called 5.png or 7: unquoted, that is a number in our own form only.
        case .number(let text) where form == .yaml: return text
        case .boolean(let value) where form == .yaml: return value ? "true" : "false"
        default: throw wrong(literal, "a name")
        }
    }

    private func choice(_ literal: WorkflowDocument.Value, _ spec: InputSpec.ChoiceSpec) throws(ScalarMismatch) -> Scalar {
        if spec.multiple, case .list(let elements) = literal {
            var chosen: [Scalar] = []
            for element in elements { chosen.append(try oneChoice(element, spec)) }
            return .list(chosen)
        }
        return try oneChoice(literal, spec)
    }

    private func oneChoice(_ literal: WorkflowDocument.Value, _ spec: InputSpec.ChoiceSpec) throws(ScalarMismatch) -> Scalar {
        if let text = try? name(literal), spec.choices.contains(text) { return .string(text) }
        throw spec.mismatch(of: (try? name(literal)) ?? literal.excerpt, written: literal.excerpt)
    }

    // MARK: Sockets that take literals

    /// A literal for a socket of scalar types (`*`, `INT,FLOAT`): what it looks like.
    private func natural(_ literal: WorkflowDocument.Value, _ type: PortType) throws(ScalarMismatch) -> Scalar {
        func takes(_ name: String) -> Bool { type.accepts(PortType(name)) }
        switch literal {
        case .number(let text):
            if takes("INT"), let value = IntegerLiteral(text) { return .integer(value) }
            if takes("FLOAT"), let value = Double(text) { return .float(value) }
        case .string(let text) where takes("STRING"): return .string(text)
        case .boolean(let value) where takes("BOOLEAN"): return .boolean(value)
        case .list(let elements) where type.isWildcard:
            var values: [Scalar] = []
            for element in elements { values.append(try natural(element, type)) }
            return .list(values)
        default: break
        }
        throw ScalarMismatch(
            code: .badLink, reason: "\(literal.excerpt) stands where only a link to \(article(type)) can",
            hint: form == .yaml ? "write the name of a node, or node.OUTPUT" : "write [\"node id\", output number]")
    }

    private func article(_ type: PortType) -> String {
        let text = type.description
        return "AEIOU".contains(text.prefix(1)) ? "an \(text)" : "a \(text)"
    }

    private func wrong(_ literal: WorkflowDocument.Value, _ wanted: String) -> ScalarMismatch {
        ScalarMismatch(code: .wrongType, reason: "\(literal.excerpt) is not \(wanted)")
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
