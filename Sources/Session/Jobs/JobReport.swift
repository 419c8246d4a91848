public import WorkflowEngine
public import Workflows

/// What a job came to.
public struct JobReport: Sendable {
    /// How it ended.
    public enum End: String, Sendable, Codable, CaseIterable {
        /// All runs ended well.
        case done
        /// Something of it failed; other parts may be done.
        case failed
        /// Somebody stopped it, or took it out of the queue.
        case cancelled
    }

    /// One run of it.
    public struct Part: Sendable {
        /// Counted from 1.
        public var number: Int
        /// What it differs in from the others, as people write it.
        public var label: String
        /// The same in parts.
        public var values: [(name: String, value: String)]
        /// `nil` when it could not begin.
        public var report: RunReport?
        /// Nothing had to run, and it was asked not to tell of it again.
        public var wasFinished = false
        /// Why it could not begin.
        public var diagnostics: [Diagnostic] = []
    }

    public var end: End
    /// How many runs it was to have.
    public var count: Int
    /// Those that had their turn.
    public var parts: [Part] = []
    /// The sheet of a sweep.
    public var sheet: String?
    /// Why it could not go on, where that isn't a run's failure.
    public var problem: SessionError?

    /// The report of a job of one run.
    public var report: RunReport? { parts.first?.report }

    /// Whether somebody stopped it before all runs were through.
    public var wasStopped: Bool { end == .cancelled }
}
