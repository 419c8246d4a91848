/// A network that can't be assembled or called, and why.
public struct NetworkError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// The names in the file fit no network of this kind.
        case notRecognised
        case missingTensor
        /// A tensor has another shape than its neighbours demand.
        case wrongShape
        /// What should be computed doesn't fit the network: another text width, other channels.
        case wrongInput
    }
    public var code: Code
    /// File, or kind of network where no file is known.
    public var place: String
    public var tensor: String?
    /// What was found, what was expected: one sentence.
    public var reason: String
    /// What the reader of the message could do.
    public var hint: String?

    public init(_ code: Code, in place: String, tensor: String? = nil, reason: String, hint: String? = nil) {
        self.code = code
        self.place = place
        self.tensor = tensor
        self.reason = reason
        self.hint = hint
    }

    public var description: String {
        "\(place): \(tensor.map { "tensor \"\($0)\": " } ?? "")\(reason)\(hint.map { " (\($0))" } ?? "")"
    }
}
