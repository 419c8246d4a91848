/// What a node could not do, why, and what would help.
public struct NodeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is, for programs.
    public enum Code: String, Sendable, CaseIterable {
        /// A file that the workflow names is in none of its folders.
        case missingFile
        /// A name that would lead out of its folder.
        case outsideFolder
        /// A file that is there and can't be read, or a place that can't be written.
        case unreadable, unwritable
        /// A value that is missing, of another type than the node wants, or that doesn't fit the other inputs.
        case missingInput, wrongType, badValue
        /// A part of a model that the loaded file doesn't have.
        case missingPart
        /// Something that other programs do and this one can't.
        case unsupported
    }

    public var code: Code
    /// The input of the node that it is about, where there is one.
    public var input: String?
    /// One sentence: what was found, what was expected.
    public var reason: String
    /// What the reader of the message could do.
    public var hint: String?

    public init(_ code: Code, input: String? = nil, _ reason: String, hint: String? = nil) {
        (self.code, self.input, self.reason, self.hint) = (code, input, reason, hint)
    }

    public var description: String { hint.map { "\(reason) (\($0))" } ?? reason }
}
