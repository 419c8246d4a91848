internal import Foundation

/// A job's name: a UUID in small letters unless somebody chose another.
public struct JobID: Sendable, Hashable, Codable, CustomStringConvertible {
    public let text: String

    /// A name that nobody else has.
    public init() { text = UUID().uuidString.lowercased() }

    public init(_ text: String) { self.text = text }

    public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var description: String { text }
}
