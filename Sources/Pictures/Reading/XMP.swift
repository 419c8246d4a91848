/// The texts of an XMP packet (ISO 16684-1) that programs leave prompts and settings in.
///
/// It is read as text, not as XML: a property is known by its name, its value is what stands in its attribute, or between its marks
/// with the marks inside taken away. Packets that are damaged tell what of them can be found.
enum XMP {
    /// Where the packet lies in a JPEG's APP1.
    static let marker = "http://ns.adobe.com/xap/1.0/\0"
    /// The name of PNG's iTXt that holds it.
    static let pngKey = "XML:com.adobe.xmp"

    /// What a property is called here. Its prefix is a matter of habit, so the name alone counts.
    private static let properties: [(name: String, key: String)] = [
        ("UserComment", "XMP:UserComment"), ("description", "XMP:description"), ("ImageDescription", "XMP:description"),
        ("CreatorTool", "XMP:CreatorTool"), ("title", "XMP:title"), ("prompt", "prompt"), ("workflow", "workflow"),
        ("parameters", "parameters"),
    ]

    static func entries(in packet: String) -> [PictureMetadata.Entry] {
        properties.compactMap { property in
            value(of: property.name, in: packet).map { .init(key: property.key, text: $0) }
        }
    }

    /// Which way is up, where EXIF doesn't say (`tiff:Orientation`, as Pillow reads it); `nil` when the packet doesn't either.
    static func orientation(in packet: String) -> Int? {
        guard let mark = packet.firstRange(of: "tiff:Orientation") else { return nil }
        var rest = packet[mark.upperBound...]
        if rest.hasPrefix("=\"") || rest.hasPrefix("='") {
            rest = rest.dropFirst(2)
        } else if rest.hasPrefix(">") {
            rest = rest.dropFirst()
        } else {
            return nil
        }
        return rest.first?.wholeNumberValue.flatMap { (1...8).contains($0) ? $0 : nil }
    }

    private static func value(of name: String, in packet: String) -> String? {
        var rest = Substring(packet)
        while let found = rest.firstRange(of: ":" + name) {
            let after = rest[found.upperBound...]
            let prefix = rest[..<found.lowerBound].reversed().prefix { $0.isLetter || $0.isNumber || $0 == "-" }
            let before = rest[..<found.lowerBound].dropLast(prefix.count).last
            rest = after
            guard !prefix.isEmpty else { continue }
            if before == "<", let text = element(String(prefix.reversed()) + ":" + name, after: after), !text.isEmpty { return text }
            if before?.isWhitespace == true, let text = attribute(after), !text.isEmpty { return text }
        }
        return nil
    }

    /// What stands between `<name …>` and `</name>`.
    private static func element(_ name: String, after: Substring) -> String? {
        guard let first = after.first, first == ">" || first == "/" || first.isWhitespace, let open = after.firstIndex(of: ">"),
            after[..<open].last != "/"
        else { return nil }
        let content = after[after.index(after: open)...]
        guard let close = content.firstRange(of: "</" + name) else { return nil }
        return plain(content[..<close.lowerBound])
    }

    /// What stands behind `name=`, in quotes.
    private static func attribute(_ after: Substring) -> String? {
        let rest = after.drop { $0.isWhitespace }
        guard rest.first == "=" else { return nil }
        let value = rest.dropFirst().drop { $0.isWhitespace }
        guard let quote = value.first, quote == "\"" || quote == "'" else { return nil }
        let content = value.dropFirst()
        guard let end = content.firstIndex(of: quote) else { return nil }
        return unescaped(content[..<end])
    }

    /// Without the marks (`<rdf:Alt><rdf:li xml:lang="x-default">`) and the blanks between them.
    private static func plain(_ content: Substring) -> String {
        if let start = content.firstRange(of: "<![CDATA["), let end = content[start.upperBound...].firstRange(of: "]]>") {
            return String(content[start.upperBound..<end.lowerBound])
        }
        var text = ""
        var isInside = false
        for character in content {
            switch character {
            case "<": isInside = true
            case ">" where isInside: isInside = false
            case _ where !isInside: text.append(character)
            default: break
            }
        }
        let head = text.drop { $0.isWhitespace }
        return unescaped(Substring(String(head.reversed().drop { $0.isWhitespace }.reversed())))
    }

    private static let named = ["lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'"]

    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("&") else { return String(text) }
        var result = ""
        var rest = text
        while let mark = rest.firstIndex(of: "&") {
            result += rest[..<mark]
            rest = rest[rest.index(after: mark)...]
            guard let end = rest.prefix(10).firstIndex(of: ";") else {
                result += "&"
                continue
            }
            let name = rest[..<end]
            if let known = named[String(name)] {
                result += known
            } else if name.hasPrefix("#x"), let scalar = UInt32(name.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init) {
                result.unicodeScalars.append(scalar)
            } else if name.hasPrefix("#"), let scalar = UInt32(name.dropFirst()).flatMap(Unicode.Scalar.init) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "&"
                continue
            }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
