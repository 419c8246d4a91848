public import Digests

// Numbers, texts and switches cross edges as themselves. An integer is an `Int64` when it fits and a `UInt64`
// above (seeds go to 2⁶⁴ − 1); both feed the same digits, so a key doesn't depend on which one holds it.

extension Int64: WorkflowValue {
    public var typeName: String { "INT" }
    public var byteCount: Int { 8 }
    public func feed(into digest: inout DigestBuilder) { digest.add(String(self)) }
}

extension UInt64: WorkflowValue {
    public var typeName: String { "INT" }
    public var byteCount: Int { 8 }
    public func feed(into digest: inout DigestBuilder) { digest.add(String(self)) }
}

extension Double: WorkflowValue {
    public var typeName: String { "FLOAT" }
    public var byteCount: Int { 8 }
    public func feed(into digest: inout DigestBuilder) { digest.add(self) }
}

extension String: WorkflowValue {
    public var typeName: String { "STRING" }
    public var byteCount: Int { utf8.count }
    public func feed(into digest: inout DigestBuilder) { digest.add(self) }
}

extension Bool: WorkflowValue {
    public var typeName: String { "BOOLEAN" }
    public var byteCount: Int { 1 }
    public func feed(into digest: inout DigestBuilder) { digest.add(self) }
}

/// Several values that travel as one (a multiple choice). Not a list that later nodes are mapped over: that is
/// `NodeOutput.list`.
public struct ValueList: WorkflowValue {
    public var elements: [any WorkflowValue]

    public init(_ elements: [any WorkflowValue]) { self.elements = elements }

    public var typeName: String { "LIST" }
    public var byteCount: Int { elements.reduce(0) { $0 + $1.byteCount } }
    public func feed(into digest: inout DigestBuilder) throws {
        digest.add(elements.count)
        for element in elements {
            digest.add(element.typeName)
            try element.feed(into: &digest)
        }
    }
}
