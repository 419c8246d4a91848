/// Turns byte offsets into lines and columns while a parser moves forward: linear over a whole file, also when
/// the file is one line.
struct JSONCursor {
    let bytes: [UInt8]
    /// Offset where the last token started.
    private(set) var lastStart = 0
    private var lastEnd = 0
    private var offset = 0
    private var line = 1
    private var column = 1

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// The place of a token known by its end: what lies between two tokens is blanks, commas and colons.
    mutating func startOfToken(endingAt end: Int) -> SourcePosition {
        var start = lastEnd
        while start < end, isSeparator(bytes[start]) { start += 1 }
        lastStart = start
        lastEnd = end
        return position(of: start)
    }

    /// The place of an offset. Offsets mostly rise; a falling one starts again from the top.
    mutating func position(of target: Int) -> SourcePosition {
        if target < offset { (offset, line, column) = (0, 1, 1) }
        while offset < target {
            if bytes[offset] == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if bytes[offset] & 0xC0 != 0x80 {
                column += 1
            }
            offset += 1
        }
        return SourcePosition(line: line, column: column)
    }

    private func isSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"), UInt8(ascii: ","),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
