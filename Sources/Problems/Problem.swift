/// Something that went wrong: what, where, why, and what would help.
///
/// Every error that a person or a program may get to see is one. What is shown is made from these parts in one place: a line of text
/// (`description`), several lines for a terminal (`report`), data (`ProblemRecord`), an exit code (`ProblemCategory.exitCode`).
///
/// A type that conforms has `code` and `reason`; the rest has defaults.
public protocol Problem: Error, Sendable, CustomStringConvertible {
    associatedtype Code: ProblemCode

    /// What kind of problem it is, for programs.
    var code: Code { get }
    /// One sentence without a full stop: what was found, what was expected. It names neither the place nor the remedy.
    var reason: String { get }
    /// What the reader of the message could do.
    var hint: String? { get }
    /// Where it is.
    var location: ProblemLocation { get }
    /// What it came from.
    var cause: (any Error)? { get }
    /// Who has to act; the code's, unless the cause knows better.
    var category: ProblemCategory { get }
}

extension Problem {
    public var hint: String? { nil }
    public var location: ProblemLocation { ProblemLocation() }
    public var cause: (any Error)? { nil }
    public var category: ProblemCategory { code.category }
}
