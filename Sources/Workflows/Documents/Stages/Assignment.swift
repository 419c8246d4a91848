internal import Formats

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
