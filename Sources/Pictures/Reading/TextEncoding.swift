internal import Glibc

/// Texts whose encoding their writers disagree about: what the bytes themselves say counts more than what stands on them.
enum TextEncoding {
    /// UTF-8 where the bytes are that, UTF-16 where every other byte is zero, one byte a character otherwise.
    ///
    /// By the book PNG's tEXt is Latin-1 and EXIF's texts ASCII; programs write UTF-8 into both. Latin-1 that happens to be UTF-8 as well
    /// hardly occurs: each of its accents would have to be followed by a sign that no language puts there.
    static func text(_ bytes: some Collection<UInt8>) -> String {
        let bytes = trimmed(bytes)
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) || looksLikeUTF16(bytes) { return utf16(bytes) }
        let plain = bytes.prefix { $0 != 0 }
        guard let text = String(validating: plain, as: UTF8.self) else { return String(latin1: plain) }
        return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    }

    /// EXIF's UserComment: eight bytes that name the encoding, then the text.
    ///
    /// Some programs leave the eight bytes out, and some put another text behind them than they say.
    static func comment(_ bytes: [UInt8]) -> String {
        guard bytes.count >= 8 else { return text(bytes) }
        let mark = bytes.prefix(8)
        let content = bytes.dropFirst(8)
        let name = String(latin1: mark.prefix { $0 != 0 && $0 != 0x20 }).uppercased()
        // A text without the mark may start with such a word; the mark is filled up with zeros or blanks.
        let isFilled = mark.dropFirst(name.utf8.count).allSatisfy { $0 == 0 || $0 == 0x20 }
        switch name {
        case "UNICODE" where isFilled: return isPlainUTF8(content) ? text(content) : utf16(trimmed(content))
        case "JIS" where isFilled: return japanese(trimmed(content))
        case "ASCII" where isFilled, "UTF-8" where isFilled, "UTF8" where isFilled: return text(content)
        case "" where mark.allSatisfy({ $0 == 0 || $0 == 0x20 }): return text(content)
        default: return text(bytes)
        }
    }

    /// UTF-16 in the order that a mark tells, or else in the one in which all of it makes more sense.
    ///
    /// Writers leave the mark out and follow either order, whatever that of the file around. One character doesn't tell: U+4E00 has
    /// a zero where the letter N has one.
    ///
    /// - Parameter preferringLittleEndian: the order where both make the same sense.
    static func utf16(_ bytes: some Collection<UInt8>, preferringLittleEndian: Bool = false) -> String {
        let big = units(bytes)
        let little = big.map(\.byteSwapped)
        let chosen: [UInt16]
        if big.first == 0xFEFF {
            chosen = Array(big.dropFirst())
        } else if little.first == 0xFEFF {
            chosen = Array(little.dropFirst())
        } else {
            let (sense, swapped) = (Sense(big), Sense(little))
            chosen = (preferringLittleEndian ? sense <= swapped : sense < swapped) ? little : big
        }
        return String(decoding: chosen.prefix { $0 != 0 }, as: UTF16.self)
    }

    private static func units(_ bytes: some Collection<UInt8>) -> [UInt16] {
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count / 2)
        var iterator = bytes.makeIterator()
        while let first = iterator.next(), let second = iterator.next() { units.append(UInt16(first) << 8 | UInt16(second)) }
        return units
    }

    /// How much sense UTF-16 makes.
    private struct Sense: Comparable {
        /// ASCII counts for it; half pairs, controls and what no character is stand against it.
        var likely = 0
        /// Scripts keep to few of the 256 blocks; text in the wrong order is spread over many.
        var blocks = 0

        init(_ units: [UInt16]) {
            var seen: Set<UInt16> = []
            var decoder = UTF16()
            var iterator = units.prefix { $0 != 0 }.makeIterator()
            loop: while true {
                switch decoder.decode(&iterator) {
                case .emptyInput: break loop
                case .error: likely -= 4
                case .scalarValue(let scalar):
                    seen.insert(UInt16(truncatingIfNeeded: scalar.value >> 8))
                    switch scalar.value {
                    case 0x09, 0x0A, 0x0D, 0x20...0x7E: likely += 1
                    default:
                        switch scalar.properties.generalCategory {
                        case .control, .unassigned, .privateUse, .surrogate: likely -= 4
                        default: break
                        }
                    }
                }
            }
            // A zero in the middle is no part of a text.
            if let zero = units.firstIndex(of: 0) { likely -= 4 * units[zero...].count { $0 != 0 } }
            blocks = seen.count
        }

        static func < (a: Sense, b: Sense) -> Bool { a.likely != b.likely ? a.likely < b.likely : a.blocks > b.blocks }
    }

    /// Without the zeros that fill a field at its end, an even number of bytes where the text is of pairs.
    private static func trimmed(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var bytes = Array(bytes)
        let count = bytes.count
        while bytes.last == 0 { bytes.removeLast() }
        // "e\0" at the end: the zero belongs to the letter.
        if bytes.count % 2 == 1, bytes.count < count, bytes.contains(0) { bytes.append(0) }
        return bytes
    }

    /// ASCII in pairs has a zero in each of them.
    private static func looksLikeUTF16(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 4 && bytes.count % 2 == 0 && bytes.count { $0 == 0 } * 4 >= bytes.count
    }

    /// UTF-8 under the name of UTF-16: pairs would hold zeros as soon as there are settings in the text.
    private static func isPlainUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
        let text = bytes.prefix { $0 != 0 }
        guard !text.isEmpty, bytes.dropFirst(text.count).allSatisfy({ $0 == 0 }) else { return false }
        guard let decoded = String(validating: text, as: UTF8.self) else { return false }
        return text.count % 2 == 1 || decoded.contains(": ") || decoded.hasPrefix("{")
    }

    /// JIS X 0208 as EXIF has it (with escape sequences), or what Japanese programs put there instead.
    private static func japanese(_ bytes: [UInt8]) -> String {
        if bytes.contains(0x1B), let text = converted(bytes, from: "ISO-2022-JP") { return text }
        if String(validating: bytes, as: UTF8.self) != nil { return text(bytes) }
        return converted(bytes, from: "SHIFT_JIS") ?? converted(bytes, from: "EUC-JP") ?? text(bytes)
    }

    /// A text in an encoding that the C library knows; `nil` where it doesn't, or where the bytes aren't that.
    private static func converted(_ bytes: [UInt8], from encoding: String) -> String? {
        guard let converter = iconv_open("UTF-8", encoding), Int(bitPattern: converter) != -1 else { return nil }
        defer { iconv_close(converter) }
        var input = bytes.map { CChar(bitPattern: $0) }
        var output = [CChar](repeating: 0, count: bytes.count * 4 + 16)
        let written: Int? = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                var (source, target) = (input.baseAddress, output.baseAddress)
                var (left, room) = (input.count, output.count)
                guard iconv(converter, &source, &left, &target, &room) != Int.max, left == 0 else { return nil }
                return output.count - room
            }
        }
        return written.map { String(decoding: output.prefix($0).map { UInt8(bitPattern: $0) }, as: UTF8.self) }
    }
}

extension String {
    /// Text of one byte per character, as PNG's tEXt holds it.
    init(latin1 bytes: some Sequence<UInt8>) {
        var scalars = String.UnicodeScalarView()
        for byte in bytes { scalars.append(Unicode.Scalar(byte)) }
        self.init(scalars)
    }
}
