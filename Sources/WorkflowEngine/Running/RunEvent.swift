public import Problems

/// What happens during a run, in the order it happens.
public enum RunEvent: Sendable {
    /// The run begins; so many nodes are needed for its outputs.
    case planned(nodes: Int)
    case started(node: NodeLabel, reason: RunReason)
    /// `step` of `of` done; `rate` in steps a second, 0 while unknown.
    case progress(node: NodeLabel, step: Int, of: Int, rate: Double)
    /// A long computation goes on where an interrupted run left it: with step `step`, counted from 1, of `of`.
    case resumed(node: NodeLabel, step: Int, of: Int)
    /// Something to look at, for nodes that make it when asked to.
    case preview(node: NodeLabel, picture: EncodedPicture, step: Int, of: Int)
    case warning(node: NodeLabel?, message: String)
    /// A file is complete; also one that an earlier run wrote and that is reused.
    case outputFile(node: NodeLabel, file: OutputFile, isReused: Bool)
    /// A text a node shows.
    case text(node: NodeLabel, text: String)
    case finished(node: NodeLabel, seconds: Double)
    /// Not run: its result is known. The place says where its value was taken from, `nil` when nobody needed it.
    case reused(node: NodeLabel, from: ResultCache.Place?)
    case failed(RunFailure)
    /// Not run, because that node failed.
    case skipped(node: NodeLabel, because: String)
    /// The run was asked to stop, and did.
    case interrupted
}

extension RunEvent {
    /// How long it matters to those who read.
    public var retention: Retention {
        switch self {
        case .progress(let node, _, _, _): .passing(topic: node.name)
        case .preview(let node, _, _, _): .passing(topic: "preview " + node.name)
        case .planned, .started, .resumed, .reused, .skipped: .detail()
        case .finished(let node, _): .detail(ends: node.name)
        case .warning, .outputFile, .text, .interrupted: .result()
        case .failed(let failure): .result(ends: failure.node.name)
        }
    }
}

/// How events name a node.
public struct NodeLabel: Sendable, Hashable, Codable {
    /// Its name in the document.
    public var name: String
    public var title: String
    /// Canonical class name.
    public var type: String

    public init(name: String, title: String, type: String) {
        (self.name, self.title, self.type) = (name, title, type)
    }
}

/// Why a node gave no result.
public struct RunFailure: Problem {
    public enum Code: String, ProblemCode {
        case nodeFailed = "node-failed"

        public var category: ProblemCategory { .failed }
        public var meaning: String { "A node gave no result." }
        public var hint: String { "Look at what it came from." }
    }

    public var node: NodeLabel
    /// Which element of a list it was computing, when it got one.
    public var listIndex: Int?
    public var message: String
    /// What the node threw; of one that was computed in another process, a `CarriedProblem`.
    public var cause: (any Error)?

    public init(node: NodeLabel, listIndex: Int? = nil, message: String, cause: (any Error)? = nil) {
        (self.node, self.listIndex, self.message, self.cause) = (node, listIndex, message, cause)
    }

    public var code: Code { .nodeFailed }
    public var reason: String { message }
    public var location: ProblemLocation { ProblemLocation(node: node.name, nodeType: node.type, element: listIndex) }

    /// A missing file stays one, and so does a shortage; whatever else a node ran into, the node failed.
    public var category: ProblemCategory {
        switch (cause as? any Problem)?.category {
        case .missingFile: .missingFile
        case .exhausted: .exhausted
        case .outOfMemory: .outOfMemory
        case .interrupted: .interrupted
        default: .failed
        }
    }

    /// Place and message; the message is all of the cause.
    public var description: String { headline }
}
