public import Problems

/// A network that can't be assembled or called, and why.
public struct NetworkError: Problem, Equatable {
    public enum Code: String, ProblemCode {
        /// The names in the file fit no network of this kind.
        case notRecognised = "network-not-recognised"
        case missingTensor = "network-missing-tensor"
        /// A tensor has another shape than its neighbours demand.
        case wrongShape = "network-wrong-shape"
        /// What should be computed doesn't fit the network: another text width, other channels.
        case wrongInput = "network-wrong-input"
        /// The memory that is allowed is too little for any way of computing it.
        case notEnoughMemory = "network-needs-memory"
        /// What doesn't fit into memory can't be put on a disk.
        case notEnoughRoom = "network-needs-disk"

        public var category: ProblemCategory {
            switch self {
            case .wrongInput: .wrongInput
            case .notRecognised, .missingTensor, .wrongShape: .unusableFile
            case .notEnoughMemory: .outOfMemory
            case .notEnoughRoom: .exhausted
            }
        }
        public var meaning: String { entry.meaning }
        public var hint: String { entry.hint }

        private var entry: (meaning: String, hint: String) {
            switch self {
            case .notRecognised: ("The names in the file fit no network of the wanted kind.", "Check that the file is of that kind.")
            case .missingTensor: ("A network lacks one of its tensors.", "Check that the file is whole.")
            case .wrongShape: ("A tensor doesn't fit its neighbours.", "Check that the parts come from one model.")
            case .notEnoughMemory:
                ("A picture needs more memory than is allowed.", "Allow more with --memory, or choose a smaller picture.")
            case .notEnoughRoom:
                (
                    "What doesn't fit into memory can't be put on a disk.",
                    "Make room, let TMPDIR name another folder, or allow more memory."
                )
            case .wrongInput: ("What the network got doesn't fit it.", "Use conditioning and latents of the same family.")
            }
        }
    }

    public var code: Code
    /// File, or kind of network where no file is known.
    public var place: String
    public var tensor: String?
    public var reason: String
    public var hint: String?

    public init(_ code: Code, in place: String, tensor: String? = nil, reason: String, hint: String? = nil) {
        self.code = code
        self.place = place
        self.tensor = tensor
        self.reason = reason
        self.hint = hint
    }

    public var location: ProblemLocation { ProblemLocation(tensor: tensor, subject: place) }
}
