/// A problem as data, for JSON. Parts that a problem doesn't have are left out.
public struct ProblemRecord: Sendable, Hashable, Codable {
    public var code: String
    public var category: String
    /// The sentence, without place and remedy.
    public var message: String
    public var hint: String?
    public var file: String?
    public var line: Int?
    public var column: Int?
    public var offset: UInt64?
    public var tensor: String?
    public var subject: String?
    public var node: String?
    public var nodeType: String?
    public var input: String?
    public var element: Int?
    /// What it came from, outermost first. Errors that aren't problems have the code `unknown`.
    public var causes: [ProblemRecord]?

    public init(_ problem: some Problem) {
        let place = problem.location
        (code, category) = (problem.code.rawValue, problem.category.rawValue)
        (message, hint) = (problem.reason, problem.hint)
        (file, line, column, offset) = (place.file, place.line, place.column, place.offset)
        (tensor, subject) = (place.tensor, place.subject)
        (node, nodeType, input, element) = (place.node, place.nodeType, place.input, place.element)
        if let cause = problem.cause {
            let nearest = ProblemRecord(error: cause)
            causes = [nearest] + (nearest.causes ?? [])
            causes?[0].causes = nil
        }
    }

    /// Any error: as itself where it is a problem, otherwise its text.
    public init(error: any Error) {
        if let problem = error as? any Problem {
            self.init(problem)
        } else {
            self.init(unknown: "\(error)")
        }
    }

    private init(unknown text: String) {
        code = "unknown"
        category = ProblemCategory.failed.rawValue
        message = text
    }
}
