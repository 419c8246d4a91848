public import Problems

/// A node went on without something that was asked for, in a run where that is an error (`RunOptions.isStrict`).
public struct StrictFailure: Problem {
    public enum Code: String, ProblemCode {
        case warning = "strict-warning"

        public var category: ProblemCategory { .failed }
        public var meaning: String { "A node went on without something that was asked for." }
        public var hint: String { "Mend what the message names, or run without --strict." }
    }

    public var code: Code { .warning }
    /// What the node would have warned of.
    public var reason: String
    public var hint: String? { code.hint }
}
