public import Digests

/// What is known of a value without having it: enough for keys, plans and look-ups.
public struct ContentStub: Sendable {
    /// The value's `contentDigest`.
    public var digest: Digest
    public var typeName: String
    /// Memory the value takes.
    public var byteCount: Int
    /// The value itself, when it is so small (a number, a short text) that it travels with its description.
    public var inline: (any WorkflowValue)?

    init(digest: Digest, typeName: String, byteCount: Int, inline: (any WorkflowValue)? = nil) {
        self.digest = digest
        self.typeName = typeName
        self.byteCount = byteCount
        self.inline = inline
    }

    init(of value: any WorkflowValue) {
        self.init(
            digest: value.contentDigest, typeName: value.typeName, byteCount: value.byteCount,
            inline: value.isInlined ? value : nil)
    }
}

/// Texts longer than this are stored as contents of their own.
private let longestInlinedText = 4096

extension WorkflowValue {
    /// Whether this value is kept inside records.
    var isInlined: Bool {
        switch self {
        case is Int64, is UInt64, is Double, is Bool, is AbsentValue, is BlockedValue: true
        case let text as String: text.utf8.count <= longestInlinedText
        case let list as ValueList: list.elements.count <= 64 && list.elements.allSatisfy(\.isInlined)
        default: false
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
