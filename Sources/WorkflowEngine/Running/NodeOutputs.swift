/// What a node gives back: one entry per output of its spec, and what it left in the world.
public struct NodeOutputs: Sendable {
    /// In the order of the spec's outputs.
    public var values: [NodeOutput]
    /// Files the node wrote, in the order written.
    public var files: [OutputFile]
    /// Texts meant for the person (a node that shows a value).
    public var texts: [String]

    public init(_ values: [NodeOutput] = [], files: [OutputFile] = [], texts: [String] = []) {
        self.values = values
        self.files = files
        self.texts = texts
    }

    /// Outputs that are plain values.
    public static func of(_ values: any WorkflowValue...) -> NodeOutputs {
        NodeOutputs(values.map { .value($0) })
    }
}

/// One output of one call.
public enum NodeOutput: Sendable {
    case value(any WorkflowValue)
    /// For outputs whose spec says `list: true`: later nodes run once per element.
    case list([any WorkflowValue])
    /// Nothing to give; using it is an error of the node that does.
    case absent
    /// Whoever receives this doesn't run and passes it on (ComfyUI's execution blocker). With a message, the first
    /// blocked node reports it.
    case blocked(message: String?)
}

/// A file a node wrote.
public struct OutputFile: Sendable, Hashable, Codable {
    /// Absolute.
    public var path: String
    /// A result, or something to look at that may be thrown away.
    public var kind: Kind

    public enum Kind: String, Sendable, Hashable, CaseIterable, Codable { case output, temporary }

    public init(path: String, kind: Kind = .output) {
        self.path = path
        self.kind = kind
    }
}
