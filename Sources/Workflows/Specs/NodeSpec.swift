/// The contract of a node type: what a person may write for it. One YAML file each, read by `NodeCatalog`.
public struct NodeSpec: Sendable, Equatable, Codable {
    /// Canonical ComfyUI class name.
    public var type: String
    /// What ComfyUI's menu shows.
    public var display: String
    /// Friendly names that mean the same.
    public var aliases: [String]
    /// Menu path, `latent/batch`.
    public var category: String
    public var summary: String
    /// In declared order: the UI form stores widgets by position.
    public var inputs: [InputSpec]
    public var outputs: [OutputSpec]
    /// The node gets whole lists instead of being called once per element.
    public var inputIsList: Bool
    /// Evaluation starts at such nodes.
    public var isOutputNode: Bool
    /// The result depends on something no key can hold (chance, the clock): never reused.
    public var alwaysRuns: Bool
    public var isDeprecated: Bool
    public var isExperimental: Bool
    /// Described so that messages can say what it is; nothing here computes it.
    public var isKnownOnly = false
    /// Raised when the same inputs give another result; part of every key.
    public var version: Int

    public init(
        type: String, display: String? = nil, aliases: [String] = [], category: String = "", summary: String = "",
        inputs: [InputSpec] = [], outputs: [OutputSpec] = [], inputIsList: Bool = false, isOutputNode: Bool = false,
        alwaysRuns: Bool = false, isDeprecated: Bool = false, isExperimental: Bool = false, version: Int = 1
    ) {
        self.type = type
        self.display = display ?? type
        self.aliases = aliases
        self.category = category
        self.summary = summary
        self.inputs = inputs
        self.outputs = outputs
        self.inputIsList = inputIsList
        self.isOutputNode = isOutputNode
        self.alwaysRuns = alwaysRuns
        self.isDeprecated = isDeprecated
        self.isExperimental = isExperimental
        self.version = version
    }

    /// The input of this name.
    public func input(_ name: String) -> InputSpec? { inputs.first { $0.name == name } }
}

/// One input of a node type.
public struct InputSpec: Sendable, Equatable, Codable {
    public var name: String
    public var kind: Kind
    public var isOptional: Bool
    /// Evaluated only when the node asks for it.
    public var isLazy: Bool
    /// A number, text, switch or choice that only a link can give (ComfyUI's `forceInput`).
    public var isSocketOnly: Bool
    /// What it means, for the reference; often absent.
    public var summary: String?

    public enum Kind: Sendable, Equatable, Codable {
        /// Takes links only.
        case socket(PortType)
        case integer(IntegerSpec)
        case float(FloatSpec)
        case string(StringSpec)
        case boolean(default: Bool?)
        /// One of a few texts.
        case choice(ChoiceSpec)
        /// The name of a file in a folder of models, or in the input folder.
        case file(FileSpec)
    }

    public struct IntegerSpec: Sendable, Equatable, Codable {
        public var `default`: IntegerLiteral?
        public var min: IntegerLiteral?
        public var max: IntegerLiteral?
        public var step: Int?
        /// The window's "control after generate" follows this widget.
        public var controlAfterGenerate: Bool?
    }

    public struct FloatSpec: Sendable, Equatable, Codable {
        public var `default`: Double?
        public var min: Double?
        public var max: Double?
        public var step: Double?
        public var round: Double?
    }

    public struct StringSpec: Sendable, Equatable, Codable {
        public var `default`: String?
        public var multiline: Bool
        public var dynamicPrompts: Bool
    }

    public struct ChoiceSpec: Sendable, Equatable, Codable {
        public var choices: [String]
        /// The first choice when absent.
        public var `default`: String?
        /// Several may be chosen.
        public var multiple: Bool
        public var controlAfterGenerate: Bool?
        /// What people write instead, as other programs call it (`ChoiceList.key`), and what to suggest then.
        public var otherNames: [String: String] = [:]

        private enum CodingKeys: String, CodingKey { case choices, `default`, multiple, controlAfterGenerate }
    }

    public struct FileSpec: Sendable, Equatable, Codable {
        /// A model folder (`checkpoints`, `loras`) or `input`.
        public var folder: String
        /// Fixed names that are valid beside the files.
        public var choices: [String]
        public var `default`: String?
        /// The window shows an upload button for it.
        public var upload: Bool
    }

    public init(
        name: String, kind: Kind, isOptional: Bool = false, isLazy: Bool = false, isSocketOnly: Bool = false,
        summary: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.isOptional = isOptional
        self.isLazy = isLazy
        self.isSocketOnly = isSocketOnly
        self.summary = summary
    }

    /// The type a link into this input must have.
    public var portType: PortType {
        switch kind {
        case .socket(let type): type
        case .integer: PortType("INT")
        case .float: PortType("FLOAT")
        case .string: PortType("STRING")
        case .boolean: PortType("BOOLEAN")
        case .choice, .file: PortType("COMBO")
        }
    }

    /// Whether a literal may be written for it; otherwise only a link.
    public var isWidget: Bool {
        if case .socket = kind { return false }
        return !isSocketOnly
    }
}

/// One output of a node type.
public struct OutputSpec: Sendable, Equatable, Codable {
    public var name: String
    public var type: PortType
    /// Gives several values; later nodes run once for each.
    public var isList: Bool

    public init(name: String, type: PortType, isList: Bool = false) {
        self.name = name
        self.type = type
        self.isList = isList
    }
}
