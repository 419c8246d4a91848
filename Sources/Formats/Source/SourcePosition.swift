/// A place in a text a person wrote. Both count from 1; columns count characters, not bytes.
public struct SourcePosition: Sendable, Hashable, Codable, Comparable, CustomStringConvertible {
    public var line: Int32
    public var column: Int32
    /// Which of the texts that were read together; 0 is the one that was asked for.
    public var file: Int32

    public init(line: Int, column: Int, file: Int = 0) {
        self.line = Int32(clamping: line)
        self.column = Int32(clamping: column)
        self.file = Int32(clamping: file)
    }

    public static func < (a: SourcePosition, b: SourcePosition) -> Bool {
        (a.file, a.line, a.column) < (b.file, b.line, b.column)
    }

    public var description: String { "\(line):\(column)" }
}
