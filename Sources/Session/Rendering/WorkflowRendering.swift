public import Workflows

/// A workflow in another form, or why it has none.
public struct WorkflowRendering<Content: Sendable>: Sendable {
    /// `nil` when the workflow can't be read, or is wrong where the form needs it to be right.
    public internal(set) var content: Content?
    /// What was noticed on the way: while reading, and what the form can't say.
    public internal(set) var diagnostics: [Diagnostic] = []
    /// Why there is no content.
    public internal(set) var refusal: [Diagnostic] = []
    /// The texts that problems are in.
    public internal(set) var files: [SourceFile] = []
}

/// A workflow as text.
public struct WorkflowText: Sendable {
    public var form: WorkflowForm
    public var text: String
    /// Workflows that it calls and that came along in a picture: paths, relative to the text's own file, and texts.
    public var called: [(path: String, text: String)] = []
}
