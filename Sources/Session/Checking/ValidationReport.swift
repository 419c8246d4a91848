public import Workflows
internal import Problems

/// The problems of a workflow as data, in the order of their places.
public struct ValidationReport: Encodable, Sendable {
    private var valid: Bool
    private var problems: [Entry]

    /// - Parameter diagnostics: errors among them make the workflow invalid.
    public init(_ diagnostics: [Diagnostic]) {
        valid = !diagnostics.hasErrors
        problems = diagnostics.map { Entry(severity: $0.severity.rawValue, problem: ProblemRecord($0)) }
    }

    private struct Entry: Encodable {
        var severity: String
        var problem: ProblemRecord

        enum CodingKeys: String, CodingKey { case severity }

        /// One object: the severity stands among the problem's own members.
        func encode(to encoder: any Encoder) throws {
            try problem.encode(to: encoder)
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(severity, forKey: .severity)
        }
    }
}
