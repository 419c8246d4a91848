/// The parts of an EXIF block (JEITA CP-3451, a TIFF 6.0 directory) that matter here: which way is up, and texts.
///
/// ComfyUI's WebP files keep `prompt:{…}` in Model (0x0110) and `workflow:{…}` in Make (0x010F), further keys below. A block
/// that is damaged simply has nothing to tell: it is side data. What encoding a text is in, it says itself (`TextEncoding`).
struct Exif {
    /// 1…8; 1 is upright. `nil` when the block doesn't say.
    var orientation: Int?
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
            default:
                if let entry = Self.entry(of: field, in: directory) { makeAndModel.append(entry) }
            }
        }
        entries = makeAndModel
        if let detailOffset {
            entries += directory.fields(at: detailOffset).compactMap { Self.entry(of: $0, in: directory) }
        }
    }

    /// The text of a field that programs leave texts in.
    private static func entry(of field: Directory.Field, in directory: Directory) -> PictureMetadata.Entry? {
        guard let bytes = directory.bytes(field) else { return nil }
        let text: String
        switch field.tag {
        case 0x0100...0x0110, 0x0131, 0x013B, 0x8298: text = TextEncoding.text(bytes)
        case 0x9286: text = TextEncoding.comment(bytes)
        // Windows writes these, little-endian in either kind of file.
        case 0x9C9B...0x9C9F: text = TextEncoding.utf16(bytes, preferringLittleEndian: true)
        default: return nil
        }
        return text.isEmpty ? nil : split(text, tag: field.tag)
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
            case 0x9C9B: "XPTitle"
            case 0x9C9C: "XPComment"
            case 0x9C9D: "XPAuthor"
            case 0x9C9E: "XPKeywords"
            case 0x9C9F: "XPSubject"
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
        // BYTE, ASCII, SBYTE, UNDEFINED; SHORT, SSHORT; LONG, SLONG; RATIONAL, SRATIONAL.
        case 1, 2, 6, 7: size = 1
        case 3, 8: size = 2
        case 4, 9: size = 4
        case 5, 10: return ratio(field).map { [$0] } ?? []
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

    /// A fraction that comes to a whole number: Pillow takes 6/1 for 6.
    private func ratio(_ field: Field) -> Int? {
        guard let position = integer(at: field.valuePosition, size: 4), let above = integer(at: position, size: 4),
            let below = integer(at: position + 4, size: 4), below != 0, above % below == 0
        else { return nil }
        return above / below
    }

    func long(_ field: Field) -> Int? { field.type == 4 ? integer(at: field.valuePosition, size: 4) : nil }

    private func content(_ field: Field) -> Slice<UnsafeRawBufferPointer>? {
        let position = field.count <= 4 ? field.valuePosition : integer(at: field.valuePosition, size: 4)
        guard let position, position >= 0, field.count <= bytes.count, position <= bytes.count - field.count else { return nil }
        return bytes[position..<position + field.count]
    }

    /// The bytes of a field that may hold a text: BYTE, ASCII, UNDEFINED, or UTF-8 (129, since EXIF 3).
    func bytes(_ field: Field) -> [UInt8]? {
        guard [1, 2, 7, 129].contains(field.type), let content = content(field) else { return nil }
        return Array(content)
    }
}
