/// A number, a text or a switch: what a person can write for an input, and what small outputs are.
///
/// The whole of it: whoever tells scalars apart does so by a `switch` over these cases, which the compiler keeps complete.
/// On an edge a scalar flows as the Swift value that holds it, so that nodes need not unwrap it.
public enum Scalar: Sendable, Hashable, CustomStringConvertible {
    /// INT.
    case integer(IntegerLiteral)
    /// FLOAT.
    case float(Double)
    /// STRING, a choice, or the name of a file.
    case string(String)
    /// BOOLEAN.
    case boolean(Bool)
    /// Several that travel as one: a multiple choice.
    case list([Scalar])

    /// The socket type as ComfyUI writes it.
    public var typeName: String {
        switch self {
        case .integer: "INT"
        case .float: "FLOAT"
        case .string: "STRING"
        case .boolean: "BOOLEAN"
        case .list: "LIST"
        }
    }

    /// The text of a `.string`.
    public var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// Just the value: a text without quotes.
    public var description: String {
        switch self {
        case .integer(let number): number.description
        case .float(let number): "\(number)"
        case .string(let text): text
        case .boolean(let truth): truth ? "true" : "false"
        case .list(let elements): "[\(elements.map(\.description).joined(separator: ", "))]"
        }
    }

    /// As messages quote it: short, texts in quotes.
    public var excerpt: String {
        switch self {
        case .integer(let number): number.description
        case .float(let number): number.shortText
        case .string(let text): "\"\(WorkflowDocument.Value.shortened(text))\""
        case .boolean(let truth): truth ? "true" : "false"
        case .list(let elements): "[\(elements.prefix(4).map(\.excerpt).joined(separator: ", "))]"
        }
    }
}

/// One key says which case it is. Whole numbers are written as digits, since many readers of JSON hold 53 bits; numbers that JSON
/// doesn't have are written as texts.
extension Scalar: Codable {
    private enum Key: String, CodingKey { case int, float, string, boolean, list }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        guard container.allKeys.count == 1, let key = container.allKeys.first else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a scalar has one of int, float, string, boolean, list"))
        }
        func text<Number>(_ type: Number.Type, _ make: (String) -> Number?) throws -> Number {
            let text = try container.decode(String.self, forKey: key)
            guard let number = make(text) else {
                throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "\(text) is no \(type)")
            }
            return number
        }
        switch key {
        case .int: self = .integer(try text(IntegerLiteral.self) { IntegerLiteral($0) })
        case .float:
            if let number = try? container.decode(Double.self, forKey: key) {
                self = .float(number)
            } else {
                self = .float(try text(Double.self) { Double($0) })
            }
        case .string: self = .string(try container.decode(String.self, forKey: key))
        case .boolean: self = .boolean(try container.decode(Bool.self, forKey: key))
        case .list: self = .list(try container.decode([Scalar].self, forKey: key))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .integer(let number): try container.encode(number.description, forKey: .int)
        case .float(let number) where number.isFinite: try container.encode(number, forKey: .float)
        case .float(let number): try container.encode("\(number)", forKey: .float)
        case .string(let text): try container.encode(text, forKey: .string)
        case .boolean(let truth): try container.encode(truth, forKey: .boolean)
        case .list(let elements): try container.encode(elements, forKey: .list)
        }
    }
}
