/// The parts of an EXIF block (JEITA CP-3451, a TIFF 6.0 directory) that matter here: which way is up, and texts.
///
/// ComfyUI's WebP files keep `prompt:{…}` in Model (0x0110) and `workflow:{…}` in Make (0x010F), further keys below. A block
/// that is damaged simply has nothing to tell: it is side data.
struct Exif {
    /// 1…8; 1 is upright.
    var orientation = 1
    var entries: [PictureMetadata.Entry] = []

    init() {}

    /// - Parameter bytes: with or without the `Exif\0\0` that JPEG puts before it.
    init(_ bytes: UnsafeRawBufferPointer) {
        let prefix: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]
        let tiff = UnsafeRawBufferPointer(rebasing: bytes.starts(with: prefix) ? bytes.dropFirst(6) : bytes[...])
        guard let directory = Directory(tiff) else { return }
        var makeAndModel: [PictureMetadata.Entry] = []
        var detailOffset: Int?
        for field in directory.fields(at: directory.start) {
            switch field.tag {
            case 0x0112:
                if let value = directory.wholeNumbers(field).first(where: (1...8).contains) { orientation = value }
            case 0x8769: detailOffset = directory.long(field)
            case 0x0100...0x0110, 0x0131, 0x013B, 0x8298:
                guard let text = directory.ascii(field) else { continue }
                makeAndModel.append(Self.split(text, tag: field.tag))
            default: continue
            }
        }
        entries = makeAndModel
        if let detailOffset {
            for field in directory.fields(at: detailOffset) where field.tag == 0x9286 {
                guard let text = directory.comment(field) else { continue }
                entries.append(Self.split(text, tag: field.tag))
            }
        }
    }

    /// `prompt:{…}` is the text `{…}` named prompt; other texts go by the name of their field.
    private static func split(_ text: String, tag: Int) -> PictureMetadata.Entry {
        if let colon = text.utf8.prefix(64).firstIndex(of: UInt8(ascii: ":")) {
            let key = text[..<colon]
            let rest = text[text.index(after: colon)...]
            let isWord =
                !key.isEmpty
                && key.utf8.allSatisfy {
                    ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F || $0 == 0x2D
                }
            if isWord, let first = rest.utf8.first(where: { $0 != 0x20 }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
                return .init(key: String(key), text: String(rest))
            }
        }
        let name =
            switch tag {
            case 0x010E: "ImageDescription"
            case 0x010F: "Make"
            case 0x0110: "Model"
            case 0x0131: "Software"
            case 0x013B: "Artist"
            case 0x8298: "Copyright"
            // What AUTOMATIC1111 writes into JPEG and WebP is its `parameters` text.
            case 0x9286: "parameters"
            default: "exif-\(String(tag, radix: 16))"
            }
        return .init(key: name, text: text)
    }
}

/// A TIFF block with its byte order.
private struct Directory {
    struct Field {
        var tag: Int
        var type: Int
        var count: Int
        /// Where the four bytes of the value, or of its offset, lie.
        var valuePosition: Int
    }

    let bytes: UnsafeRawBufferPointer
    let isBigEndian: Bool
    let start: Int

    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 8, bytes[0] == bytes[1], bytes[0] == 0x49 || bytes[0] == 0x4D else { return nil }
        let header = Directory(bytes: bytes, isBigEndian: bytes[0] == 0x4D, start: 0)
        guard header.integer(at: 2, size: 2) == 42, let first = header.integer(at: 4, size: 4) else { return nil }
        self = Directory(bytes: bytes, isBigEndian: header.isBigEndian, start: first)
    }

    private init(bytes: UnsafeRawBufferPointer, isBigEndian: Bool, start: Int) {
        self.bytes = bytes
        self.isBigEndian = isBigEndian
        self.start = start
    }

    private func integer(at position: Int, size: Int) -> Int? {
        guard position >= 0, position <= bytes.count - size else { return nil }
        var value = 0
        for index in 0..<size {
            value = value << 8 | Int(bytes[position + (isBigEndian ? index : size - 1 - index)])
        }
        return value
    }

    func fields(at position: Int) -> [Field] {
        guard let count = integer(at: position, size: 2) else { return [] }
        var fields: [Field] = []
        for index in 0..<count {
            let at = position + 2 + index * 12
            guard let tag = integer(at: at, size: 2), let type = integer(at: at + 2, size: 2),
                let count = integer(at: at + 4, size: 4), at + 12 <= bytes.count
            else { break }
            fields.append(Field(tag: tag, type: type, count: count, valuePosition: at + 8))
        }
        return fields
    }

    /// What a field says that ought to be one number of 16 bits: writers use other types, other counts, and put it elsewhere in its four
    /// bytes. Likely meanings first.
    func wholeNumbers(_ field: Field) -> [Int] {
        let size: Int
        switch field.type {
        // BYTE, ASCII, SBYTE, UNDEFINED; SHORT, SSHORT; LONG, SLONG.
        case 1, 2, 6, 7: size = 1
        case 3, 8: size = 2
        case 4, 9: size = 4
        default: return []
        }
        let isInPlace = field.count <= 4 / size
        let position = isInPlace ? field.valuePosition : integer(at: field.valuePosition, size: 4) ?? -1
        var numbers = [
            integer(at: position, size: size), integer(at: field.valuePosition, size: 2), integer(at: field.valuePosition, size: 4),
        ]
        .compactMap(\.self)
        // The digit as a text.
        if field.type == 2, let digit = numbers.first { numbers.insert(digit - 0x30, at: 0) }
        return numbers
    }

    func long(_ field: Field) -> Int? { field.type == 4 ? integer(at: field.valuePosition, size: 4) : nil }

    private func content(_ field: Field) -> Slice<UnsafeRawBufferPointer>? {
        let position = field.count <= 4 ? field.valuePosition : integer(at: field.valuePosition, size: 4)
        guard let position, position >= 0, field.count <= bytes.count, position <= bytes.count - field.count else { return nil }
        return bytes[position..<position + field.count]
    }

    func ascii(_ field: Field) -> String? {
        guard field.type == 2, let content = content(field) else { return nil }
        return String(decoding: content.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// UserComment: eight bytes that name the encoding, then the text.
    func comment(_ field: Field) -> String? {
        guard field.type == 7, let content = content(field), content.count >= 8 else { return nil }
        let text = content.dropFirst(8)
        if content.starts(with: Array("UNICODE".utf8)) {
            // UTF-16 in either order: writers disagree. JSON and prompts start with an ASCII character, which tells.
            var units: [UInt16] = []
            var index = text.startIndex
            while index + 1 < text.endIndex {
                units.append(UInt16(text[index]) << 8 | UInt16(text[index + 1]))
                index += 2
            }
            if let first = units.first, first & 0xFF == 0 || first == 0xFFFE { units = units.map(\.byteSwapped) }
            if units.first == 0xFEFF { units.removeFirst() }
            return String(decoding: units.prefix { $0 != 0 }, as: UTF16.self)
        }
        return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }
}
