public import Problems

/// A node went on without something that was asked for, in a run where that is an error (`RunOptions.isStrict`).
public typealias StrictFailure = PlainProblem<StrictFailureCode>

public enum StrictFailureCode: String, OnlyProblemCode {
    case warning = "strict-warning"
    public static var only: Self { .warning }

    public var category: ProblemCategory { .failed }
    public var meaning: String { "A node went on without something that was asked for." }
    public var hint: String { "Mend what the message names, or run without --strict." }
}
