public import Formats

/// A workflow as somebody wrote it: names, literals and links, each with its place; not yet checked against what
/// nodes exist. All file forms become this.
///
/// The first of three stages, and the one worth storing: it holds the files that it calls, and nothing about any run of it. What is
/// set from outside, parameters, calls, `foreach` and loops are put in on the way to an `ExpandedWorkflow`.
public struct WorkflowDocument: Sendable, Equatable {
    public enum Form: String, Sendable, CaseIterable {
        /// Our own form.
        case yaml
        /// What ComfyUI's server takes, and pictures carry as `prompt`.
        case api
        /// What ComfyUI's window saves, and pictures carry as `workflow`.
        case ui
    }

    public var form: Form
    /// The texts it was read from; positions name them by index.
    public var files: [SourceFile]
    public var title: String?
    public var summary: String?
    public var parameters: [Parameter]
    /// In file order.
    public var nodes: [Node]
    /// What it gives when another workflow uses it, and what a caller may ask for by name.
    public var outputs: [Output]
    /// What is varied when nothing else is said: `sweep:` of our own form, names with their values.
    public var sweep: [SweepEntry] = []
    /// Workflows that nodes call, by the name they are called by.
    public var called: [String: WorkflowDocument] = [:]
    /// Where it lies, for files that it names beside itself; `nil` when it was no file.
    public var folder: String?
    /// What was set when a picture that carries the workflow was made; what is set now comes after it.
    public var settings: [Assignment] = []
    /// Whether it came out of a picture, with the files that it calls.
    public var isCarried = false
    /// The UI form's own text, carried along for the files that nodes write.
    public var uiText: String?

    /// A value the caller may set, `${name}` inside texts.
    public struct Parameter: Sendable, Equatable {
        public var name: String
        public var position: SourcePosition?
        /// The default; `nil` when the caller must give one.
        public var value: Value?
        public var summary: String?
        /// What it takes: `INT`, `FLOAT`, `STRING`, `BOOLEAN`, or the type of a socket. `nil` is as its default.
        public var type: PortType?
        /// How it moves on after a run, where that is said.
        public var control: AfterGenerate?

        /// Whether a plain text given for it is a link and not a text.
        public var takesLink: Bool {
            if let type { return !type.names.contains { ["INT", "FLOAT", "STRING", "BOOLEAN"].contains($0) } }
            if case .link? = value { return true }
            return false
        }
    }

    /// One entry of `sweep:`.
    public struct SweepEntry: Sendable, Equatable {
        /// A parameter's name, or `node.input`.
        public var target: String
        public var value: Value
    }

    /// One node.
    public struct Node: Sendable, Equatable {
        public var name: String
        public var position: SourcePosition?
        /// As written: canonical or an alias. Empty when missing.
        public var type: String
        public var typePosition: SourcePosition?
        /// What the author called it.
        public var title: String?
        public var inputs: [Input]
        /// The node pack that the file says it comes from.
        public var pack: String?
        /// For a node that is a workflow of its own; its inputs are then the arguments.
        public var call: SubWorkflowCall?
        /// What it is repeated over.
        public var foreach: Foreach?

        public init(
            name: String, position: SourcePosition? = nil, type: String, typePosition: SourcePosition? = nil,
            title: String? = nil, inputs: [Input] = []
        ) {
            self.name = name
            self.position = position
            self.type = type
            self.typePosition = typePosition
            self.title = title
            self.inputs = inputs
        }

        /// The input of this name.
        public func input(_ name: String) -> Input? { inputs.first { $0.name == name } }
    }

    /// What is written for one input of a node.
    public struct Input: Sendable, Equatable {
        public var name: String
        public var namePosition: SourcePosition?
        public var value: Value
        public var valuePosition: SourcePosition?
        /// Set from outside (`--set`): a misspelt name is then an error in every form.
        public var isOverride: Bool
        /// How it moves on after a run, where that is said.
        public var control: AfterGenerate?

        public init(
            name: String, namePosition: SourcePosition? = nil, value: Value, valuePosition: SourcePosition? = nil,
            isOverride: Bool = false
        ) {
            self.name = name
            self.namePosition = namePosition
            self.value = value
            self.valuePosition = valuePosition
            self.isOverride = isOverride
        }
    }

    /// A named result: the output of a node.
    public struct Output: Sendable, Equatable {
        public var name: String
        public var position: SourcePosition?
        public var value: Value
        public var valuePosition: SourcePosition?
    }

    /// A literal or a link, not yet of any type.
    public indirect enum Value: Sendable, Equatable {
        case null
        case boolean(Bool)
        /// Decimal text, or `NaN`, `Infinity`, `-Infinity`.
        case number(String)
        /// A text; for a socket in our own form, a link such as `base.VAE`.
        case string(String)
        case list([Value])
        case map([Member])
        case link(Link)

        public struct Member: Sendable, Equatable {
            public var key: String
            public var value: Value

            public init(key: String, value: Value) {
                self.key = key
                self.value = value
            }
        }
    }

    public enum Link: Sendable, Equatable {
        /// Node and output number, as the API form writes it.
        case slot(node: String, Int)
        /// `node`, or `node.output`; what is meant is settled by the resolver, which knows all names.
        case reference(String)
        /// A reference from the outermost file on, whatever the node's scope.
        case absolute(String)
        /// Written like a link, but wrong: what was found.
        case malformed(String)
    }

    public init(
        form: Form = .yaml, files: [SourceFile] = [], title: String? = nil, parameters: [Parameter] = [],
        nodes: [Node] = [], outputs: [Output] = []
    ) {
        self.form = form
        self.files = files
        self.title = title
        self.parameters = parameters
        self.nodes = nodes
        self.outputs = outputs
    }
}

extension WorkflowDocument {
    /// The texts of this file and of all that it calls.
    public var allFiles: [SourceFile] { files + called.values.flatMap(\.allFiles) }

    /// Name of the file a position is in.
    public func fileName(at position: SourcePosition?) -> String? {
        guard let position, files.indices.contains(Int(position.file)) else { return files.first?.name }
        return files[Int(position.file)].name
    }
}

extension WorkflowDocument.Value {
    init(_ tree: SourceTree) {
        switch tree.content {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .number(let text): self = .number(text)
        case .string(let text): self = .string(text)
        case .sequence(let elements): self = .list(elements.map(Self.init))
        case .mapping(let entries): self = .map(entries.map { .init(key: $0.key, value: Self($0.value)) })
        }
    }

    /// Whether it is a number, a text or a switch.
    var isScalar: Bool {
        switch self {
        case .number, .string, .boolean: true
        default: false
        }
    }

    /// A short quotation for messages: never a whole prompt.
    public var excerpt: String {
        switch self {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .number(let text): text
        case .string(let text): "\"\(Self.shortened(text))\""
        case .list(let elements): "[\(elements.prefix(4).map(\.excerpt).joined(separator: ", "))\(elements.count > 4 ? ", …" : "")]"
        case .map: "a map"
        case .link(.slot(let node, let slot)): "[\"\(node)\", \(slot)]"
        case .link(.reference(let text)), .link(.absolute(let text)): text
        case .link(.malformed(let text)): text
        }
    }

    /// At most 40 characters of a text, on one line.
    static func shortened(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count <= 40 ? line : line.prefix(39) + "…"
    }
}
