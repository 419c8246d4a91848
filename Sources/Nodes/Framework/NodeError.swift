public import Problems

/// What a node could not do, why, and what would help.
public struct NodeError: Problem {
    /// What kind of failure it is, for programs.
    public enum Code: String, ProblemCode {
        /// A file that the workflow names is in none of its folders.
        case missingFile = "node-missing-file"
        /// A name that would lead out of its folder.
        case outsideFolder = "node-outside-folder"
        /// A file that is there and can't be read.
        case unreadable = "node-unreadable-file"
        /// A place that can't be written.
        case unwritable = "node-unwritable-file"
        /// A value that is missing.
        case missingInput = "node-missing-value"
        /// A value of another type than the node wants.
        case wrongType = "node-wrong-type"
        /// A value that doesn't fit the other inputs.
        case badValue = "node-bad-value"
        /// A part of a model that the loaded file doesn't have.
        case missingPart = "node-missing-part"
        /// Something that other programs do and this one can't.
        case unsupported = "node-unsupported"

        public var category: ProblemCategory {
            switch self {
            case .missingFile: .missingFile
            case .unreadable: .unusableFile
            case .unwritable: .failed
            default: .wrongInput
            }
        }

        public var meaning: String { entry.meaning }
        public var hint: String { entry.hint }

        private var entry: (meaning: String, hint: String) {
            switch self {
            case .missingFile: ("A file that the node names is in none of its folders.", "Put it there, or name another.")
            case .outsideFolder: ("A name leads out of the folder it belongs to.", "Name a file inside the folder.")
            case .unreadable: ("A file that the node needs can't be read.", "Check the file and its permissions.")
            case .unwritable: ("A file that the node makes can't be written.", "Check the folder, its permissions and the space.")
            case .missingInput: ("The node got no value where it needs one.", "Link or write it.")
            case .wrongType: ("The node got a value of another type than it takes.", "Link a matching output.")
            case .badValue: ("The node got a value that doesn't fit its other inputs.", "Look at what the message names.")
            case .missingPart: ("The loaded model lacks a part that the node needs.", "Load the part from a file of its own.")
            case .unsupported: ("Other programs do this, Darkroom can't.", "Choose another way.")
            }
        }
    }

    public var code: Code
    /// The input of the node that it is about, where there is one.
    public var input: String?
    public var reason: String
    public var hint: String?
    public var cause: (any Error)?

    public init(_ code: Code, input: String? = nil, _ reason: String, hint: String? = nil, cause: (any Error)? = nil) {
        (self.code, self.input, self.reason, self.hint, self.cause) = (code, input, reason, hint, cause)
    }

    public var location: ProblemLocation { ProblemLocation(input: input) }
}

extension NodeError: Equatable {
    /// Causes are equal when they read the same.
    public static func == (a: NodeError, b: NodeError) -> Bool {
        a.code == b.code && a.input == b.input && a.reason == b.reason && a.hint == b.hint
            && a.cause.map { "\($0)" } == b.cause.map { "\($0)" }
    }
}
