/// A list of choices that specifications share (`choices: {from: samplers}`).
public struct ChoiceList: Sendable {
    public var names: [String]
    /// What other programs call them, by `key(_:)`, and what to suggest for it: `"dpmpp_2m"`, or a sentence that goes on from there.
    public var otherNames: [String: String]

    public init(_ names: [String], otherNames: [String: String] = [:]) {
        self.names = names
        self.otherNames = otherNames
    }

    /// A name as it is looked up: small letters, digits and plus signs, whatever stands between them.
    public static func key(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.lowercased().unicodeScalars.filter { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "+" }))
    }
}
