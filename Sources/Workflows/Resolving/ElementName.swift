internal import Formats

/// Names of what a `foreach` repeats: `styled[3]/sampled`.
enum ElementName {
    /// The name without the numbers of elements: `styled/sampled`.
    static func common(_ name: String) -> String { replacingNumbers(in: name, by: "") }

    /// A text with every `[number]` replaced.
    fileprivate static func replacingNumbers(in text: String, by replacement: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "[")) else { return text }
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "[") {
            result += rest[..<open]
            let inside = rest[rest.index(after: open)...]
            let digits = inside.prefix { $0.isASCII && $0.isNumber }
            if !digits.isEmpty, digits.endIndex < inside.endIndex, inside[digits.endIndex] == "]" {
                result += replacement
                rest = inside[inside.index(after: digits.endIndex)...]
            } else {
                result += "["
                rest = inside
            }
        }
        return result + rest
    }
}

/// What elements of a `foreach` may have in common.
private struct CommonProblem: Hashable {
    var severity: Diagnostic.Severity, code: DiagnosticCode
    var message: String, input: String?, file: String?, position: SourcePosition?
}

extension [Diagnostic] {
    /// What is wrong with several elements of a `foreach` in the same way is said once, with the number of the others.
    func mergingElements() -> [Diagnostic] {
        guard contains(where: { $0.node?.utf8.contains(UInt8(ascii: "[")) == true }) else { return self }
        var places: [CommonProblem: Int] = [:]
        var others: [Int: Int] = [:]
        var merged: [Diagnostic] = []
        for diagnostic in self {
            guard let node = diagnostic.node, node != ElementName.common(node) else {
                merged.append(diagnostic)
                continue
            }
            let key = CommonProblem(
                severity: diagnostic.severity, code: diagnostic.code,
                message: ElementName.replacingNumbers(in: diagnostic.message, by: "[]"), input: diagnostic.input, file: diagnostic.file,
                position: diagnostic.position)
            if let place = places[key] {
                others[place, default: 0] += 1
            } else {
                places[key] = merged.count
                merged.append(diagnostic)
            }
        }
        for (place, count) in others { merged[place].message += " (and \(count) more element\(count == 1 ? "" : "s") like it)" }
        return merged
    }
}
