/// The type of a socket as ComfyUI writes it: `LATENT`, `INT,FLOAT` for either, `*` for anything.
public struct PortType: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Members of the union, trimmed; one for a plain type.
    public let names: [String]

    public init(_ text: String) {
        if text.utf8.contains(UInt8(ascii: ",")) {
            names = text.split(separator: ",").map { part in
                String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
        } else {
            names = [text]
        }
    }

    public static let any = PortType("*")

    /// Whether anything may come.
    public var isWildcard: Bool { names.contains("*") }

    /// Whether a value of type `source` may flow into this port: they share a member, or one side takes all.
    /// Case-sensitive, and INT doesn't flow into FLOAT: ComfyUI's rule.
    public func accepts(_ source: PortType) -> Bool {
        if isWildcard || source.isWildcard { return true }
        return names.contains { source.names.contains($0) }
    }

    public var description: String { names.joined(separator: ",") }
}
