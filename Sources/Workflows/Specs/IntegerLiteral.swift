/// A whole number between −2⁶³ and 2⁶⁴ − 1: what seeds need and no single machine type holds.
public enum IntegerLiteral: Sendable, Hashable, Comparable, CustomStringConvertible {
    case signed(Int64)
    /// Only for numbers above `Int64.max`.
    case unsigned(UInt64)

    public init(_ value: Int64) { self = .signed(value) }

    public init(_ value: UInt64) {
        self = if let small = Int64(exactly: value) { .signed(small) } else { .unsigned(value) }
    }

    /// A number without a fraction; `nil` for any other, and out of range.
    public init?(whole number: Double) {
        if let value = Int64(exactly: number) {
            self = .signed(value)
        } else if let value = UInt64(exactly: number) {
            self.init(value)
        } else {
            return nil
        }
    }

    /// Decimal digits with an optional sign; `nil` for anything else or out of range.
    public init?(_ text: some StringProtocol) {
        if let value = Int64(text) {
            self = .signed(value)
        } else if let value = UInt64(text) {
            self.init(value)
        } else {
            return nil
        }
    }

    /// The nearest number of 53 bits.
    public var double: Double {
        switch self {
        case .signed(let value): Double(value)
        case .unsigned(let value): Double(value)
        }
    }

    public static func < (a: IntegerLiteral, b: IntegerLiteral) -> Bool {
        switch (a, b) {
        case (.signed(let a), .signed(let b)): a < b
        case (.unsigned(let a), .unsigned(let b)): a < b
        case (.signed, .unsigned): true
        case (.unsigned, .signed): false
        }
    }

    public var description: String {
        switch self {
        case .signed(let value): String(value)
        case .unsigned(let value): String(value)
        }
    }
}

/// As digits in a text: many readers of JSON hold 53 bits only.
extension IntegerLiteral: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let number = IntegerLiteral(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no whole number of 64 bits")
        }
        self = number
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
