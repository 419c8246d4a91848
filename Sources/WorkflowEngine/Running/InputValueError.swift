public import Problems

/// A value that arrived at a node and that its specification doesn't take.
public struct InputValueError: Problem, Equatable {
    public enum Code: String, ProblemCode {
        case refused = "input-value-refused"

        public var category: ProblemCategory { .wrongInput }
        public var meaning: String { "A value that came over a link is outside of the input's range, or of another type." }
        public var hint: String { "Link a value that the input takes." }
    }

    /// The input's name.
    public var input: String
    /// Which element of a list it was, counted from 0, where that isn't the element the node was called for.
    public var element: Int?
    /// The value and what is wrong with it: `0 is below the minimum 1`.
    public var detail: String
    /// The range, or what else helps.
    public var hint: String?

    public init(input: String, element: Int? = nil, detail: String, hint: String? = nil) {
        self.input = input
        self.element = element
        self.detail = detail
        self.hint = hint
    }

    public var code: Code { .refused }
    public var location: ProblemLocation { ProblemLocation(input: input) }
    public var reason: String { "input \"\(input)\"\(element.map { ", element \($0)" } ?? ""): \(detail)" }
}
