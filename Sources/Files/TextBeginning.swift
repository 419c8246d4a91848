/// The beginning of a file that is text, and what kind of text it is.
struct TextBeginning {
    private let text: String

    /// - Returns: `nil` when the bytes are no text: they hold control characters, or aren't UTF-8.
    init?(_ bytes: [UInt8]) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]), bytes.count >= 4, bytes[2] == 0 || bytes[3] == 0 {
            // UTF-16: of the Latin letters that tell, every second byte is zero.
            text = String(decoding: bytes.dropFirst(2).filter { $0 != 0 && $0 < 0x80 }, as: UTF8.self)
            return
        }
        let body = bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...]
        guard body.allSatisfy({ $0 >= 0x20 || (0x09...0x0D).contains($0) || $0 == 0x1B }) else { return nil }
        // The last character may be cut in two.
        var end = body.endIndex
        for _ in 0..<4 {
            if let text = String(validating: body[..<end], as: UTF8.self) {
                self.text = text
                return
            }
            guard end > body.startIndex else { return nil }
            end -= 1
        }
        return nil
    }

    var kind: ContentKind? {
        let trimmed = text.drop { $0.isWhitespace }
        let lowered = trimmed.lowercased()
        if lowered.hasPrefix("version https://git-lfs") { return pointer }
        if lowered.hasPrefix("<?xml") || lowered.hasPrefix("<error") || lowered.hasPrefix("<svg") { return markup(lowered) }
        if ["<!doctype html", "<html", "<head", "<body", "<script", "<meta"].contains(where: lowered.hasPrefix)
            || lowered.hasPrefix("<!") && lowered.contains("<html")
        {
            return ContentKind(
                "a web page (HTML)\(quoted(element("title")))",
                remedy:
                    "a page came in place of the file, to sign in or to say an error: download the file itself, signed in where that is asked"
            )
        }
        if lowered.hasPrefix("{") || lowered.hasPrefix("[") { return json(trimmed) }
        guard !trimmed.isEmpty else { return ContentKind("a file of blanks", remedy: "download or save it again") }
        let line = String(trimmed.prefix { !$0.isNewline }.prefix(60))
        return ContentKind("a text file that begins \"\(line)\"", remedy: "download the file itself")
    }

    /// What git-lfs leaves in place of a file that it hasn't fetched.
    private var pointer: ContentKind {
        let size = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("size ") }?.dropFirst(5)
        return ContentKind(
            "a pointer of git-lfs" + (size.map { " to a file of \($0) bytes" } ?? ""),
            remedy: "git-lfs wasn't there when the repository was cloned: run \"git lfs pull\" in it, or download the file itself")
    }

    private func markup(_ lowered: String) -> ContentKind {
        if lowered.contains("<svg") { return ContentKind("an SVG drawing") }
        if lowered.contains("<html") { return ContentKind("a web page (XHTML)", remedy: "download the file itself") }
        if lowered.contains("<error") {
            let said = [element("code"), element("message")].compactMap(\.self).joined(separator: ": ")
            return ContentKind(
                "a server's error message (XML)\(quoted(said.isEmpty ? nil : said))",
                remedy: "the link may have expired or ask for an account: download the file again")
        }
        return ContentKind("an XML document", remedy: "download the file itself")
    }

    private func json(_ trimmed: Substring) -> ContentKind? {
        func has(_ key: String) -> Bool { trimmed.contains("\"\(key)\"") }
        if has("weight_map") {
            return ContentKind("the index of a model in several files (JSON)", remedy: "name the folder that it lies in")
        }
        if has("_class_name") || has("_diffusers_version") || has("architectures") || has("model_type") {
            return ContentKind("a model's configuration (JSON)", remedy: "download the weights that lie beside it")
        }
        if has("class_type") || has("last_node_id") { return ContentKind("a workflow (JSON)") }
        if has("error") || has("message") || has("detail") {
            let line = trimmed.prefix(160).map { $0.isNewline ? " " : $0 }
            return ContentKind(
                "a server's message (JSON): \(String(line))",
                remedy: "the file was not given out: sign in, or get a link that holds, and download it again")
        }
        // Anything may begin with a bracket.
        return ContentKind("a JSON text", remedy: "download the file itself")
    }

    /// The text of the first element of a name.
    private func element(_ name: String) -> String? {
        guard let start = text.range(ofLowercased: "<\(name)"), let open = text[start.upperBound...].firstIndex(of: ">") else { return nil }
        let rest = text[text.index(after: open)...]
        let content = rest.prefix { $0 != "<" && !$0.isNewline }.prefix(80)
        let trimmed = content.drop { $0.isWhitespace }
        return trimmed.isEmpty ? nil : String(trimmed)
    }

    private func quoted(_ said: String?) -> String { said.map { ": \"\($0)\"" } ?? "" }
}

extension String {
    /// Where a lower-case ASCII text is found, whatever the case here.
    fileprivate func range(ofLowercased wanted: String) -> Range<String.Index>? {
        let pattern = Array(wanted.utf8)
        let bytes = utf8
        var start = bytes.startIndex
        while start != bytes.endIndex {
            if let end = bytes.index(start, offsetBy: pattern.count, limitedBy: bytes.endIndex),
                bytes[start..<end].lazy.map({ (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }).elementsEqual(pattern)
            {
                return start..<end
            }
            start = bytes.index(after: start)
        }
        return nil
    }
}
