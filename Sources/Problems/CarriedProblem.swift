/// A problem that came from elsewhere as data: from another process, or out of a file.
///
/// It says all that the problem itself said. Only its type is lost.
public struct CarriedProblem: Problem, Hashable, Codable {
    /// The words of a code whose registry may be another program's.
    public struct Code: ProblemCode, Codable {
        public let rawValue: String
        public let category: ProblemCategory

        public init?(rawValue: String) { self.init(rawValue, .failed) }
        init(_ rawValue: String, _ category: ProblemCategory) { (self.rawValue, self.category) = (rawValue, category) }

        /// None are known beforehand.
        public static var allCases: [Code] { [] }
        public var meaning: String { "" }
        public var hint: String { "" }
    }

    private let record: ProblemRecord

    /// - Parameter record: with its causes.
    public init(_ record: ProblemRecord) { self.record = record }

    /// The first of several, with the others as its causes; `nil` when there are none.
    public init?(causes: [ProblemRecord]) {
        guard var record = causes.first else { return nil }
        record.causes = causes.count > 1 ? Array(causes.dropFirst()) : nil
        self.init(record)
    }

    public var code: Code { Code(record.code, category) }
    public var reason: String { record.message }
    public var hint: String? { record.hint }
    public var category: ProblemCategory { ProblemCategory(rawValue: record.category) ?? .failed }
    public var cause: (any Error)? { CarriedProblem(causes: record.causes ?? []) }

    public var location: ProblemLocation {
        ProblemLocation(
            file: record.file, line: record.line, column: record.column, offset: record.offset, tensor: record.tensor,
            subject: record.subject, node: record.node, nodeType: record.nodeType, input: record.input, element: record.element)
    }
}
