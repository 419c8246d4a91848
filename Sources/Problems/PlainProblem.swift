/// A problem that is told by its code, a sentence and what would help: it has no place of its own, because whoever lets it through knows
/// that better (a node, a file, a line).
///
/// A domain that needs no more names its codes and calls this by a name of its own: `typealias PromptError = PlainProblem<PromptErrorCode>`.
public struct PlainProblem<Code: ProblemCode>: Problem, Equatable {
    public var code: Code
    public var reason: String
    public var hint: String?

    public init(code: Code, reason: String, hint: String? = nil) {
        (self.code, self.reason, self.hint) = (code, reason, hint)
    }
}

/// The only code of a domain in which one thing can go wrong.
public protocol OnlyProblemCode: ProblemCode {
    static var only: Self { get }
}

extension PlainProblem where Code: OnlyProblemCode {
    public init(_ reason: String, hint: String? = nil) { self.init(code: .only, reason: reason, hint: hint) }
}
