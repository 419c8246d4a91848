public import Problems
public import WorkflowEngine

/// How a process that computed came to its end, and what it was at.
public struct WorkerDeath: Problem, Hashable, Codable {
    /// What ended it.
    public enum Code: String, ProblemCode, Codable {
        case outOfMemory = "worker-out-of-memory"
        /// A model file was cut short, or can't be read any more, while it was in use.
        case fileCutShort = "worker-file-cut-short"
        /// A mistake in Darkroom, caught before it could do harm.
        case trap = "worker-trap"
        /// A mistake that the system caught.
        case crash = "worker-crash"
        /// Somebody, or the system, killed it.
        case killed = "worker-killed"
        /// It gave no sign of life.
        case stuck = "worker-stuck"
        /// It ended by itself, or said what makes no sense.
        case ended = "worker-ended"

        public var category: ProblemCategory {
            switch self {
            case .outOfMemory: .outOfMemory
            case .fileCutShort: .missingFile
            case .trap, .crash: .defect
            case .killed, .stuck, .ended: .failed
            }
        }

        public var meaning: String {
            switch self {
            case .outOfMemory: "Memory ran out in the process that computed."
            case .fileCutShort: "A model file was cut short while it was in use."
            case .trap: "The process that computed stopped at an error of the program."
            case .crash: "The process that computed crashed."
            case .killed: "The process that computed was killed."
            case .stuck: "The process that computed gave no sign of life."
            case .ended: "The process that computed ended by itself."
            }
        }

        public var hint: String {
            switch self {
            case .outOfMemory: "Choose a smaller size or batch, or set --memory to what this machine can spare."
            case .fileCutShort: "Put the whole file back and run again."
            case .trap, .crash: "This is a mistake in Darkroom: the workflow and the message help to find it."
            case .killed, .stuck, .ended: "Run it again."
            }
        }
    }

    public var code: Code
    /// The signal that ended it.
    public var signal: Int32?
    /// What it ended with, where it did so by itself.
    public var status: Int32?
    /// What it said last: the message of a trap, the name of the file.
    public var lastWords: String?
    /// What it was computing; `nil` when it was between two nodes.
    public var node: NodeLabel?

    public init(_ code: Code, signal: Int32? = nil, status: Int32? = nil, lastWords: String? = nil, node: NodeLabel? = nil) {
        (self.code, self.signal, self.status, self.lastWords, self.node) = (code, signal, status, lastWords, node)
    }

    /// What usually helps.
    public var hint: String? {
        switch code {
        case .outOfMemory: "choose a smaller size or batch, or set --memory to what this machine can spare"
        case .fileCutShort: "put the whole file back and run again; what was finished before is kept"
        case .trap, .crash: "this is a mistake in Darkroom; the workflow and what is said here help to find it"
        case .killed, .stuck, .ended: "run it again: what was finished before is kept, and a sampling goes on where it was stored last"
        }
    }

    public var location: ProblemLocation { ProblemLocation(node: node?.name, nodeType: node?.type) }

    public var reason: String {
        let words = lastWords.map { ": \($0)" } ?? ""
        return switch code {
        case .outOfMemory: "memory ran out in the process that computed it" + words
        case .fileCutShort: lastWords ?? "a model file was cut short while it was in use"
        case .trap: "the process that computed it stopped at an error of the program" + words
        case .crash: "the process that computed it crashed (\(name))" + words
        case .killed: "the process that computed it was killed (\(name))" + words
        case .stuck: "the process that computed it gave no sign of life" + words
        case .ended: "the process that computed it ended by itself (status \(status ?? 0))" + words
        }
    }

    private var name: String { signal.map(SignalName.text) ?? "status \(status ?? 0)" }
}
