import Foundation

/// JSON as the program prints it: members in the order of the alphabet, slashes as they are.
enum JSONText {
    /// - Parameter pretty: over several lines; otherwise one.
    static func encode(_ value: some Encodable, pretty: Bool = true) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// A text as a JSON string.
    static func quoted(_ text: String) -> String {
        (try? encode(text, pretty: false)) ?? "\"\""
    }
}
