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

/// Python's `NaN`, `Infinity` and `-Infinity`, which JSON doesn't have. ComfyUI writes them (`is_changed`).
enum BareWords {
    /// Overwrites each one outside a string by as many digits, so that offsets stay, and returns what stood where.
    static func replace(in bytes: inout [UInt8]) -> [Int: String] {
        var found: [Int: String] = [:]
        var index = 0
        let count = bytes.count
        while index < count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                while index < count, bytes[index] != UInt8(ascii: "\"") {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
            case UInt8(ascii: "N"):
                if matches("NaN", in: bytes, at: index) { found[index] = "NaN"; overwrite(&bytes, index, 3) }
            case UInt8(ascii: "I"):
                if matches("Infinity", in: bytes, at: index) {
                    let negative = index > 0 && bytes[index - 1] == UInt8(ascii: "-")
                    found[negative ? index - 1 : index] = negative ? "-Infinity" : "Infinity"
                    overwrite(&bytes, index, 8)
                }
            default: break
            }
            index += 1
        }
        return found
    }

    private static func matches(_ word: StaticString, in bytes: [UInt8], at index: Int) -> Bool {
        guard index + word.utf8CodeUnitCount <= bytes.count else { return false }
        for offset in 0..<word.utf8CodeUnitCount where bytes[index + offset] != word.utf8Start[offset] { return false }
        return true
    }

    private static func overwrite(_ bytes: inout [UInt8], _ start: Int, _ count: Int) {
        for index in start..<start + count { bytes[index] = UInt8(ascii: "1") }
    }
}
