/// What is wrong with a text: the facts, and where. Whoever asked for the text makes an error of their own from it, with a code, and with
/// the name of the file.
public struct SourceProblem: Error, Sendable, Equatable {
    public enum Kind: Sendable, CaseIterable {
        /// The rules of YAML or JSON are broken.
        case syntax
        case tabIndentation
        /// An alias names what nothing before it defines.
        case unknownAnchor
        case unsupportedTag
        case duplicateKey
        /// Something stands where the format allows it and a document of ours doesn't: a second document, a list as a key.
        case wrongShape
        // Limits.
        case tooDeep, tooManyValues, tooManyAliases
    }

    public var kind: Kind
    /// One sentence without a full stop.
    public var reason: String
    /// `nil` where the parser knows none.
    public var position: SourcePosition?
    /// What would help here, beyond what helps with all of its kind.
    public var hint: String?
    /// The limit that was passed.
    public var limit: Int?
    /// The text can be read all the same, with one meaning.
    public var isWarning: Bool

    public init(
        _ kind: Kind, _ reason: String, at position: SourcePosition?, hint: String? = nil, limit: Int? = nil, isWarning: Bool = false
    ) {
        self.kind = kind
        self.reason = reason
        self.position = position
        self.hint = hint
        self.limit = limit
        self.isWarning = isWarning
    }
}

extension SourceProblem: CustomStringConvertible {
    /// `3:14: reason`.
    public var description: String { (position.map { "\($0): " } ?? "") + reason }
}

/// What came of reading a text.
public struct SourceReading: Sendable {
    /// `nil` when the text can't be read; there is an error then, or there is nothing in the text.
    public var tree: SourceTree?
    /// Errors and warnings in the order in which they were met, at most a hundred.
    public var problems: [SourceProblem]

    /// More of them help nobody.
    static let mostProblems = 100

    public init(tree: SourceTree?, problems: [SourceProblem]) {
        self.tree = tree
        self.problems = problems
    }

    /// The tree of a text without errors.
    ///
    /// - Throws: the first error.
    public func get() throws(SourceProblem) -> SourceTree {
        if let error = problems.first(where: { !$0.isWarning }) { throw error }
        guard let tree else { throw SourceProblem(.syntax, "there is nothing in it", at: nil) }
        return tree
    }
}
