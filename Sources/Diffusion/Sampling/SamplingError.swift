/// Sampling that can't be done as asked.
public struct SamplingError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case unknownName, invalidSchedule, invalidLatent, unsupportedModel, invalidConditioning, notFinite
    }

    public var code: Code
    /// What was found and what was expected, one sentence.
    public var reason: String
    /// What the reader of the message could do.
    public var hint: String?

    public init(code: Code, reason: String, hint: String? = nil) {
        self.code = code
        self.reason = reason
        self.hint = hint
    }

    public var description: String { hint.map { "\(reason); \($0)" } ?? reason }
}
