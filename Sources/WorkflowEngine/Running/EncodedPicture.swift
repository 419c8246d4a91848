/// A picture as the bytes of a file: how an intermediate value leaves the engine, which knows no pictures.
public struct EncodedPicture: Sendable, Hashable {
    public enum Format: String, Sendable, Hashable, CaseIterable, Codable { case png, jpeg }

    public var format: Format
    /// In pixels.
    public var width: Int, height: Int
    public var bytes: [UInt8]

    public init(format: Format, width: Int, height: Int, bytes: [UInt8]) {
        (self.format, self.width, self.height, self.bytes) = (format, width, height, bytes)
    }
}

/// Who looks at intermediate values of a run, and how they become pictures.
public struct PreviewRequest: Sendable {
    /// Whether anybody looks right now. Asked at every step, from the thread that computes; must be cheap.
    public var isWanted: @Sendable () -> Bool
    /// Every one is wanted. Otherwise only the newest, when they come faster than they can be encoded.
    public var keepsAll: Bool
    /// A value as a picture, `nil` for what is none. Called beside the computation, one at a time.
    public var encode: @Sendable (any WorkflowValue) -> EncodedPicture?

    public init(
        keepsAll: Bool = false, isWanted: @escaping @Sendable () -> Bool = { true },
        encode: @escaping @Sendable (any WorkflowValue) -> EncodedPicture?
    ) {
        (self.keepsAll, self.isWanted, self.encode) = (keepsAll, isWanted, encode)
    }
}
