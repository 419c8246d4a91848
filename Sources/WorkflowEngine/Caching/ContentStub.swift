public import Digests
public import Workflows

/// What is known of a value without having it: enough for keys, plans and look-ups.
public struct ContentStub: Sendable {
    /// The value's `contentDigest`.
    public var digest: Digest
    public var typeName: String
    /// Memory the value takes.
    public var byteCount: Int
    /// The value itself, when it is so small (a number, a short text) that it travels with its description.
    public var inline: Inline?

    /// A value that is kept inside records.
    public enum Inline: Sendable, Hashable {
        case scalar(Scalar)
        /// A node had nothing to give.
        case absent
        /// A node gave `NodeOutput.blocked`.
        case blocked(message: String?)
    }

    init(digest: Digest, typeName: String, byteCount: Int, inline: Inline? = nil) {
        self.digest = digest
        self.typeName = typeName
        self.byteCount = byteCount
        self.inline = inline
    }

    init(_ scalar: Scalar) {
        self.init(
            digest: scalar.contentDigest, typeName: scalar.typeName, byteCount: scalar.value.byteCount, inline: .scalar(scalar))
    }

    /// - Throws: when the value can't say what it is.
    init(of value: any WorkflowValue) throws {
        self.init(
            digest: try value.contentDigest, typeName: value.typeName, byteCount: value.byteCount, inline: Inline(value))
    }
}

extension ContentStub.Inline {
    /// `nil` for a value that is stored as a content of its own.
    init?(_ value: any WorkflowValue) {
        switch value {
        case is AbsentValue: self = .absent
        case let blocked as BlockedValue: self = .blocked(message: blocked.message)
        default:
            guard let scalar = Scalar(value), scalar.isShort else { return nil }
            self = .scalar(scalar)
        }
    }

    /// As it crosses edges.
    public var value: any WorkflowValue {
        switch self {
        case .scalar(let scalar): scalar.value
        case .absent: AbsentValue()
        case .blocked(let message): BlockedValue(message: message)
        }
    }
}

extension Scalar {
    /// Texts longer than this are stored as contents of their own, and so are longer lists.
    private static let longestText = 4096, longestList = 64

    fileprivate var isShort: Bool {
        switch self {
        case .integer, .float, .boolean: true
        case .string(let text): text.utf8.count <= Self.longestText
        case .list(let elements): elements.count <= Self.longestList && elements.allSatisfy(\.isShort)
        }
    }
}

/// Stands where a node gave `NodeOutput.blocked`: whoever receives it doesn't run.
struct BlockedValue: WorkflowValue {
    /// To be reported by the first node that is blocked; gone afterwards.
    var message: String?
    var typeName: String { "BLOCKED" }
    var byteCount: Int { 0 }
    func feed(into digest: inout DigestBuilder) {
        if let message { digest.add(message) } else { digest.addNone() }
    }
}
