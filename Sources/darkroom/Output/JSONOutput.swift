import Foundation

/// Values that encode themselves, as the JSON that the program prints: members in the order of the alphabet, slashes as they are.
enum JSONOutput {
    /// - Parameter pretty: over several lines; otherwise one.
    static func encode(_ value: some Encodable, pretty: Bool = true) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
