internal import Files
internal import Formats
public import Problems

/// A model file that can't be used, and where it goes wrong.
public struct CheckpointError: Problem, Equatable {
    public var code: Code
    /// The file's path or name.
    public var file: String
    /// Byte offset in the file, where one is known.
    public var offset: UInt64?
    /// The tensor's full name, where one is meant.
    public var tensor: String?
    public var reason: String
    public var hint: String?

    public init(
        _ code: Code, file: String, offset: UInt64? = nil, tensor: String? = nil, reason: String, hint: String? = nil
    ) {
        self.code = code
        self.file = file
        self.offset = offset
        self.tensor = tensor
        self.reason = reason
        self.hint = hint
    }

    public var location: ProblemLocation { ProblemLocation(file: file, offset: offset, tensor: tensor) }
}

extension CheckpointError {
    /// What kind of problem it is, for programs.
    public enum Code: String, ProblemCode {
        // The file as a whole.
        case notFound = "model-not-found"
        case unreadable = "model-unreadable"
        case unknownFormat = "model-unknown-format"
        case unsupported = "model-unsupported"
        // Its bytes.
        case truncated = "model-truncated"
        case headerTooLong = "model-header-too-long"
        case headerNotJSON = "model-header-not-json"
        case headerMalformed = "model-header-malformed"
        case unknownType = "model-unknown-type"
        case duplicateName = "model-duplicate-name"
        case badShape = "model-bad-shape"
        case rangesOverlap = "model-ranges-overlap"
        case gap = "model-gap"
        case trailingBytes = "model-trailing-bytes"
        case sizeMismatch = "model-size-mismatch"
        case checksumMismatch = "model-checksum-mismatch"
        case tooLarge = "model-too-large"
        // Pickled files.
        case badArchive = "model-bad-archive"
        case badPickle = "model-bad-pickle"
        case forbidden = "model-forbidden"
        // What is asked of it.
        case missingTensor = "model-missing-tensor"
        case shapeMismatch = "model-shape-mismatch"
        case unknownFamily = "model-unknown-family"

        public var category: ProblemCategory {
            switch self {
            case .notFound: .missingFile
            default: .unusableFile
            }
        }

        public var meaning: String { entry.meaning }
        public var hint: String { entry.hint }

        private var entry: (meaning: String, hint: String) {
            switch self {
            case .notFound: ("There is no such model file.", "Check the name and the folders.")
            case .unreadable: ("The model file can't be opened or read.", "Check the permissions.")
            case .unknownFormat:
                ("The file is in no format that models come in.", "Use safetensors, a PyTorch file, GGUF or a diffusers folder.")
            case .unsupported: ("The format is known, but not this part of it.", "Save the model as safetensors.")
            case .truncated: ("The file ends before its contents do.", "Download it again.")
            case .headerTooLong: ("The header is longer than any model needs.", "Check that it is a model file.")
            case .headerNotJSON: ("The header isn't JSON.", "Download the file again.")
            case .headerMalformed: ("The header doesn't say what a header has to.", "Download the file again.")
            case .unknownType: ("A tensor has a type of number that isn't known.", "Save the model with another type.")
            case .duplicateName: ("Two tensors have the same name.", "Download the file again.")
            case .badShape: ("A tensor has a shape that can't be.", "Download the file again.")
            case .rangesOverlap: ("Two tensors share bytes.", "Download the file again.")
            case .gap: ("Bytes lie between tensors.", "Download the file again.")
            case .trailingBytes: ("Bytes lie behind the last tensor.", "Download the file again.")
            case .sizeMismatch: ("A tensor's bytes don't fit its shape.", "Download the file again.")
            case .checksumMismatch: ("The bytes aren't those that were written.", "Download the file again.")
            case .tooLarge: ("The file is larger than what can be read.", "Check that it is a model file.")
            case .badArchive: ("The archive around a PyTorch file is damaged.", "Download the file again.")
            case .badPickle: ("The description in a PyTorch file is damaged.", "Download the file again.")
            case .forbidden:
                ("A PyTorch file wants to call something that models don't need.", "Don't use it; find the model as safetensors.")
            case .missingTensor: ("A tensor that is needed isn't in the file.", "Check that the file is of the wanted kind.")
            case .shapeMismatch: ("A tensor has another shape than is needed.", "Check that the file is of the wanted kind.")
            case .unknownFamily: ("The names in the file are those of no known family.", "Check that it is a Stable Diffusion model.")
            }
        }
    }
}

extension CheckpointError {
    /// A model file that can't be opened or read.
    init(_ problem: FileProblem) {
        self.init(
            problem.code == .notFound ? .notFound : .unreadable, file: problem.path,
            reason: problem.code == .notRegular ? "this is no regular file" : problem.reason, hint: problem.hint)
    }

    /// A file that is something else than a model.
    init(file: String, is kind: ContentKind) {
        self.init(.unknownFormat, file: file, reason: "this is \(kind.title), no model", hint: kind.remedy)
    }
}

extension CheckpointError {
    /// A safetensors file that is wrong.
    init(_ problem: SafetensorsProblem, file: String) {
        let code: Code =
            switch problem.kind {
            case .truncated: .truncated
            case .headerTooLong: .headerTooLong
            case .notJSON: .headerNotJSON
            case .malformed: .headerMalformed
            case .unknownType: .unknownType
            case .duplicateName: .duplicateName
            case .badShape: .badShape
            case .sizeMismatch: .sizeMismatch
            case .rangesOverlap: .rangesOverlap
            case .gap: .gap
            case .trailingBytes: .trailingBytes
            }
        self.init(code, file: file, offset: problem.offset, tensor: problem.tensor, reason: problem.reason, hint: problem.hint)
    }
}
