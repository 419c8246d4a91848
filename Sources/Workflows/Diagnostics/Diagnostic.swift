public import Formats
public import Problems

/// A problem with a workflow, as a value: collected, never thrown one by one.
public struct Diagnostic: Problem, Equatable {
    public enum Severity: String, Sendable, Comparable, CaseIterable {
        case error, warning, note

        public static func < (a: Severity, b: Severity) -> Bool {
            func rank(_ severity: Severity) -> Int { allCases.firstIndex(of: severity) ?? 0 }
            return rank(a) < rank(b)
        }
    }

    public var severity: Severity
    public var code: DiagnosticCode
    /// One sentence: what was found, and what was expected.
    public var message: String
    /// Name of the file the position is in.
    public var file: String?
    public var position: SourcePosition?
    /// Name of the node it is about.
    public var node: String?
    /// Name of the input it is about.
    public var input: String?
    /// What the reader could do.
    public var hint: String?

    public init(
        _ severity: Severity, _ code: DiagnosticCode, _ message: String, file: String? = nil,
        position: SourcePosition? = nil, node: String? = nil, input: String? = nil, hint: String? = nil
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.file = file
        self.position = position
        self.node = node
        self.input = input
        self.hint = hint
    }
}

extension Diagnostic {
    public var reason: String { message }

    public var location: ProblemLocation {
        ProblemLocation(
            file: file, line: position.map { Int($0.line) }, column: position.map { Int($0.column) }, node: node, input: input)
    }

    /// `flow.yaml:12:5: error: message [code]`, as compilers write it; the hint isn't part of it.
    public var description: String {
        var place = file ?? ""
        if let position { place += place.isEmpty ? "\(position)" : ":\(position)" }
        if !place.isEmpty { place += ": " }
        return "\(place)\(severity.rawValue): \(message) [\(code.rawValue)]"
    }

    /// The description, the line itself with a caret under the place, and the hint.
    ///
    /// - Parameter files: the texts that were read (`WorkflowDocument.files`).
    public func rendered(quoting files: [SourceFile]) -> String {
        var text = description
        if let position, let source = source(among: files, at: position), let line = source.line(Int(position.line)) {
            text += "\n" + excerpt(of: line, column: Int(position.column))
        }
        if let hint { text += "\n    hint: \(hint)" }
        return text
    }

    /// The text the position is in: by its name, for called workflows are read before they have an index.
    private func source(among files: [SourceFile], at position: SourcePosition) -> SourceFile? {
        if let file { return files.first { $0.name == file } }
        return files.indices.contains(Int(position.file)) ? files[Int(position.file)] : nil
    }

    /// At most 100 characters around the column (a JSON file may be one line of megabytes).
    private func excerpt(of line: String, column: Int) -> String {
        let width = 100
        let scalars = Array(line.unicodeScalars)
        let caret = Swift.min(Swift.max(column - 1, 0), scalars.count)
        let start = caret > width * 3 / 4 ? caret - width / 2 : 0
        let end = Swift.min(scalars.count, start + width)
        var shown = String.UnicodeScalarView()
        for scalar in scalars[start..<end] { shown.append(scalar.value < 32 ? " " : scalar) }
        let before = start > 0 ? "…" : "", after = end < scalars.count ? "…" : ""
        let indent = String(repeating: " ", count: caret - start + before.count)
        return "    \(before)\(String(shown))\(after)\n    \(indent)^"
    }
}

extension [Diagnostic] {
    /// Whether anything prevents the whole workflow from being right.
    public var hasErrors: Bool { contains { $0.severity == .error } }

    /// What the warnings among them say, each once.
    public var warningTexts: [String] {
        var seen: Set<String> = []
        return filter { $0.severity == .warning && seen.insert($0.message).inserted }.map(\.message)
    }

    /// The exit code of a command that ends with these: 3 when all that is wrong are files that aren't there.
    public var exitCode: Int32 {
        ProblemCategory.exitCode(of: lazy.filter { $0.severity == .error }.map(\.category))
    }
}
