/// EXIF and XMP as ImageMagick puts them into PNG texts: `Raw profile type exif`, then a name, a length and hexadecimal digits.
enum RawProfile {
    private static let prefix = "Raw profile type "

    /// The texts in a profile; `nil` when the text is none.
    static func entries(key: String, text: String) -> [PictureMetadata.Entry]? {
        guard key.hasPrefix(prefix) else { return nil }
        let kind = key.dropFirst(prefix.count).lowercased()
        guard ["exif", "app1", "xmp"].contains(kind), let bytes = bytes(in: text) else { return [] }
        if kind == "xmp" || bytes.starts(with: Array(XMP.marker.utf8)) { return XMP.entries(in: String(decoding: bytes, as: UTF8.self)) }
        return bytes.withUnsafeBytes { Exif($0).entries }
    }

    private static func bytes(in text: String) -> [UInt8]? {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.count >= 3, let count = Int(lines[1].filter { !$0.isWhitespace }) else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in lines[2...].joined().utf8 {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit - UInt8(ascii: "A") + 10
            default: continue
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes.count >= count ? Array(bytes.prefix(count)) : nil
    }
}
