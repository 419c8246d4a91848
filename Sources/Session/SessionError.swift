public import Problems
public import Workflows

/// What a session could not do, why, and what would help.
public struct SessionError: Problem {
    /// What kind of failure it is, for programs.
    public enum Code: String, ProblemCode, Codable {
        /// A file isn't there.
        case missingFile = "session-missing-file"
        /// A file is there and can't be read, or isn't what it should be.
        case unreadableFile = "session-unreadable-file"
        /// A picture without a workflow in it.
        case noWorkflow = "session-no-workflow"
        /// The workflow needs nodes that aren't there.
        case unknownNodes = "session-unknown-nodes"
        /// No part of the workflow can run.
        case nothingToRun = "session-nothing-to-run"
        /// What was asked for names something that the workflow doesn't have, or doesn't go together.
        case wrongRequest = "session-wrong-request"
        /// Files or versions are not those that the lock says.
        case lockDiffers = "session-lock-differs"
        /// As many jobs wait as may wait.
        case queueFull = "session-queue-full"
        /// The session was closed.
        case closed = "session-closed"
        /// The output folder can't be written to.
        case unwritableOutput = "session-unwritable-output"
        /// No thread or process to compute in can be had.
        case noWorker = "session-no-worker"
        /// Graphviz couldn't draw.
        case drawingFailed = "session-drawing-failed"

        public var category: ProblemCategory {
            switch self {
            case .missingFile: .missingFile
            case .unreadableFile, .noWorkflow: .unusableFile
            case .unknownNodes, .nothingToRun, .wrongRequest, .lockDiffers: .wrongInput
            case .queueFull: .exhausted
            case .closed, .noWorker, .unwritableOutput, .drawingFailed: .failed
            }
        }

        public var meaning: String { entry.meaning }
        public var hint: String { entry.hint }

        private var entry: (meaning: String, hint: String) {
            switch self {
            case .missingFile: ("A file that was named isn't there.", "Check the name.")
            case .unreadableFile: ("A file can't be read, or isn't what it should be.", "Look at what the message names.")
            case .noWorkflow: ("A picture carries no workflow.", "Use a picture that ComfyUI or Darkroom saved.")
            case .unknownNodes: ("Outputs need nodes that Darkroom doesn't have.", "`--skip-unknown` runs the others.")
            case .nothingToRun: ("No output of the workflow can run.", "Mend what else is reported.")
            case .wrongRequest: ("What was asked for doesn't fit the workflow.", "Look at what the message names.")
            case .lockDiffers: ("Files or versions are others than the lock says.", "Look at what the message names.")
            case .queueFull: ("As many jobs wait as may wait.", "Wait until some of them have ended.")
            case .closed: ("The session takes no more jobs.", "Open another one.")
            case .unwritableOutput: ("Results can't be written.", "Name another folder with --output-dir, or make room.")
            case .drawingFailed: ("Graphviz can't draw a workflow.", "Write DOT, and see what `dot` says of it.")
            case .noWorker: ("There is nothing to compute in.", "Look at what the message names.")
            }
        }
    }

    public var code: Code
    public var reason: String
    public var hint: String?
    public var category: ProblemCategory
    /// What is wrong in files of settings, where that is the trouble.
    public var diagnostics: [Diagnostic] = []

    public init(_ code: Code, _ reason: String, hint: String? = nil) {
        (self.code, self.reason, self.hint, category) = (code, reason, hint, code.category)
    }

    /// What another problem says, as it says it.
    init(_ problem: some Problem, code: Code) {
        (self.code, reason, hint, category) = (code, problem.headline, problem.hint, problem.category)
    }

    init(_ diagnostics: [Diagnostic]) {
        self.init(.unreadableFile, diagnostics.first?.message ?? "")
        self.diagnostics = diagnostics
    }
}
