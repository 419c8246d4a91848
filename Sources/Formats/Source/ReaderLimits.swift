/// What a reader accepts. Real workflows stay far below; beyond is an accident or an attack.
public struct ReaderLimits: Sendable {
    /// Bytes of a text, for whoever reads it from a file. The largest saved workflows seen have a few MB.
    public var bytes: Int
    /// Levels of nesting.
    public var depth: Int
    /// Keys, values, lists and maps together.
    public var values: Int
    /// Values that aliases add when they are followed.
    public var aliasedValues: Int

    public init(bytes: Int = 32 << 20, depth: Int = 64, values: Int = 3_000_000, aliasedValues: Int = 100_000) {
        self.bytes = bytes
        self.depth = depth
        self.values = values
        self.aliasedValues = aliasedValues
    }
}
