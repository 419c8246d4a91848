internal import Digests
public import Workflows

extension Scalar {
    /// The scalar that a value on an edge is; `nil` for pictures, models and everything else that can't be written as a literal.
    public init?(_ value: any WorkflowValue) {
        switch value {
        case let value as Int64: self = .integer(IntegerLiteral(value))
        case let value as UInt64: self = .integer(IntegerLiteral(value))
        case let value as Double: self = .float(value)
        case let value as String: self = .string(value)
        case let value as Bool: self = .boolean(value)
        case let list as ValueList:
            var elements: [Scalar] = []
            for element in list.elements {
                guard let scalar = Scalar(element) else { return nil }
                elements.append(scalar)
            }
            self = .list(elements)
        default: return nil
        }
    }

    /// As it crosses edges.
    public var value: any WorkflowValue {
        switch self {
        case .integer(let number): number.value
        case .float(let number): number
        case .string(let text): text
        case .boolean(let truth): truth
        case .list(let elements): ValueList(elements.map(\.value))
        }
    }

    /// What tells it from others, as for the value on an edge.
    var contentDigest: Digest {
        var builder = DigestBuilder()
        builder.add(typeName)
        feed(into: &builder)
        return builder.finish()
    }

    private func feed(into digest: inout DigestBuilder) {
        switch self {
        case .integer(let number): digest.add(number.description)
        case .float(let number): digest.add(number)
        case .string(let text): digest.add(text)
        case .boolean(let truth): digest.add(truth)
        case .list(let elements):
            digest.add(elements.count)
            for element in elements {
                digest.add(element.typeName)
                element.feed(into: &digest)
            }
        }
    }
}

extension IntegerLiteral {
    /// As it crosses edges.
    public var value: any WorkflowValue {
        switch self {
        case .signed(let value): value
        case .unsigned(let value): value
        }
    }
}
