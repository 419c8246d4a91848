internal import WorkflowEngine
internal import Workflows

/// Automatic1111's text, which Forge, SD.Next, Civitai, Fooocus and others write as well:
///
/// ```
/// a lighthouse at dusk <lora:ink:0.8>
/// Negative prompt: blurry
/// Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 1, Size: 512x768, Model: v1-5-pruned, Clip skip: 2
/// ```
///
/// Sites and editors reshape it: other line ends or none, settings in another order or one a line. So the settings are found by what they
/// are, keys with values of their kind, and not by where they stand.
extension GenerationParameters {
    /// Reads the text; `nil` when it has neither settings nor a negative prompt.
    public init?(_ text: String) {
        guard text.utf8.count <= 1 << 20 else { return nil }
        let characters = Array(Self.withPlainLineEnds(text))
        let start = SettingsPlace(characters).start
        let (prompt, negative) = Self.prompts(String(characters[..<(start ?? characters.count)]))
        guard start != nil || negative != nil else { return nil }
        self.init(program: "Automatic1111")
        (self.prompt, negativePrompt) = (prompt, negative ?? "")
        if let start {
            var parser = SettingsParser(Array(characters[start...]))
            settings = parser.read()
            if !parser.rest.isEmpty { notes.append("\"\(parser.rest.prefix(80))\" behind the settings is none; it is left out") }
        }
        if self["Version"]?.hasPrefix("Fooocus") == true { program = "Fooocus" }
        if self["App"] == "SD.Next" { program = "SD.Next" }
    }

    /// CR LF and CR are line ends, and so is a written `\n` in a text that has no other.
    private static func withPlainLineEnds(_ text: String) -> String {
        var plain = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n").replacing("\u{2028}", with: "\n")
        while plain.last == "\0" { plain.removeLast() }
        if !trimmed(plain).contains("\n"), plain.contains("\\n") {
            plain = plain.replacing("\\r\\n", with: "\n").replacing("\\n", with: "\n")
        }
        return plain
    }

    /// The prompt, and what follows its negative's mark: at the start of a line if there is one, else after a blank.
    private static func prompts(_ text: String) -> (String, String?) {
        let mark = /negative[ _]?prompt[ \t]*:/.ignoresCase()
        let marks = text.matches(of: mark).filter {
            $0.startIndex == text.startIndex || text[text.index(before: $0.startIndex)].isWhitespace
        }
        let found =
            marks.first { $0.startIndex == text.startIndex || text[text.index(before: $0.startIndex)] == "\n" } ?? marks.first
        var prompt = trimmed(found.map { text[..<$0.startIndex] } ?? text[...])
        if let head = prompt.prefixMatch(of: /(?:positive[ _]?)?prompt[ \t]*:/.ignoresCase()), found != nil {
            prompt = trimmed(prompt[head.range.upperBound...])
        }
        return (prompt, found.map { trimmed(text[$0.endIndex...]) })
    }
}

/// Where the settings begin.
private struct SettingsPlace {
    let start: Int?

    /// Keys that tell a line of settings, and what their value begins with. Words such as "Model:" may be part of a prompt.
    private static let telling: [(key: [Character], isValue: @Sendable (ArraySlice<Character>) -> Bool)] = [
        (Array("steps"), { $0.first?.isNumber == true }),
        (Array("seed"), { $0.first == "-" ? $0.dropFirst().first?.isNumber == true : $0.first?.isNumber == true }),
        (Array("cfg scale"), { $0.first?.isNumber == true }), (Array("guidance scale"), { $0.first?.isNumber == true }),
        (Array("size"), { $0.prefix(12).contains { "xX×".contains($0) } && $0.first?.isNumber == true }),
        (Array("sampler"), { $0.first?.isLetter == true }),
    ]
    /// Keys that the settings may begin with as well.
    private static let others = ["model", "model hash", "schedule type", "scheduler", "clip skip", "vae", "denoising strength", "version"]
        .map { Array($0) }

    init(_ text: [Character]) {
        let text = text.map { character in character.isASCII ? Character(character.lowercased()) : character }
        let firsts: Set<Character> = ["s", "c", "g", "m", "v", "d"]
        var places: [(position: Int, key: Int)] = []
        var weak: [Int] = []
        for position in text.indices where position == 0 || !(text[position - 1].isLetter || text[position - 1].isNumber) {
            guard firsts.contains(text[position]) else { continue }
            for (index, telling) in Self.telling.enumerated() {
                if let value = Self.value(of: telling.key, in: text, at: position), telling.isValue(text[value...]) {
                    places.append((position, index))
                }
            }
            if Self.others.contains(where: { Self.value(of: $0, in: text, at: position) != nil }) { weak.append(position) }
        }
        guard Set(places.map(\.key)).count >= 2 else {
            start = nil
            return
        }
        // As the programs write it: one line, the last that holds several of them.
        var line: (start: Int, keys: Set<Int>)?
        var best: Int?
        for place in places {
            let lineStart = text[..<place.position].lastIndex(of: "\n").map { $0 + 1 } ?? 0
            if line?.start != lineStart { line = (lineStart, []) }
            line?.keys.insert(place.key)
            let isAtStart = places.contains { $0.position == lineStart } || weak.contains(lineStart)
            if isAtStart, (line?.keys.count ?? 0) >= 2 { best = lineStart }
        }
        if let best {
            start = best
            return
        }
        // Otherwise from the first of the last ones on, and what stands before it in the same manner.
        var last: [Int: Int] = [:]
        for place in places { last[place.key] = place.position }
        guard var position = last.values.min() else {
            start = nil
            return
        }
        for earlier in (places.map(\.position) + weak).sorted().reversed() where earlier < position {
            let between = text[earlier..<position]
            let separators = between.reversed().prefix { $0.isWhitespace || $0 == "," }
            guard separators.contains(where: { $0 == "," || $0 == "\n" }),
                !between.dropLast(separators.count).contains(where: { $0 == "," || $0 == "\n" })
            else { break }
            position = earlier
        }
        // Keys that nobody here knows stand at the start of a line of settings, too.
        let lineStart = text[..<position].lastIndex(of: "\n").map { $0 + 1 } ?? 0
        let before = text[lineStart..<position].split(separator: ",", omittingEmptySubsequences: false).dropLast()
        let areSettings = before.allSatisfy { part in
            let key = part.drop { $0 == " " }.prefix { $0 != ":" }
            return part.contains(":") && !key.isEmpty && key.count <= 24 && !key.starts(with: "negative")
        }
        start = !before.isEmpty && areSettings ? lineStart : position
    }

    /// Where the value of a key begins, if it stands at a place.
    private static func value(of key: [Character], in text: [Character], at position: Int) -> Int? {
        guard position + key.count < text.count else { return nil }
        for (offset, letter) in key.enumerated() where text[position + offset] != letter { return nil }
        var next = position + key.count
        while next < text.count, text[next] == " " { next += 1 }
        guard next < text.count, text[next] == ":" else { return nil }
        next += 1
        while next < text.count, text[next] == " " { next += 1 }
        return next
    }
}

/// `Key: value, Key: "a, b", Key: [{"json": 1}], …`, also with line ends for commas.
struct SettingsParser {
    private let text: [Character]
    private var position = 0
    /// What stands behind the settings and is none.
    private(set) var rest = ""

    init(_ text: [Character]) { self.text = text }

    private var current: Character? { position < text.count ? text[position] : nil }

    mutating func read() -> [GenerationParameters.Setting] {
        var settings: [GenerationParameters.Setting] = []
        while settings.count < 2_000 {
            while let character = current, character.isWhitespace || character == "," || character == "|" { position += 1 }
            guard position < text.count else { break }
            guard let colon = text[position...].firstIndex(of: ":") else {
                rest = GenerationParameters.trimmed(String(text[position...]))
                break
            }
            var key = text[position..<colon]
            // A comma before the colon: the value before wasn't over.
            if let comma = key.lastIndex(where: { $0 == "," || $0 == "\n" }), !settings.isEmpty {
                settings[settings.count - 1].value += ", " + GenerationParameters.trimmed(String(key[..<comma]))
                key = key[(comma + 1)...]
            }
            position = colon + 1
            while current == " " { position += 1 }
            settings.append(.init(key: GenerationParameters.trimmed(String(key)), value: value()))
        }
        return settings
    }

    private mutating func value() -> String {
        switch current {
        case "\""?:
            if let quoted = quoted() { return quoted }
        case "["?, "{"?:
            if let json = json() { return json }
        default: break
        }
        let start = position
        while let character = current, character != ",", character != "\n" {
            if character == " ", startsTellingKey(at: position + 1) { break }
            position += 1
        }
        return GenerationParameters.trimmed(String(text[start..<position]))
    }

    private func startsTellingKey(at place: Int) -> Bool {
        for key in ["Steps:", "Sampler:", "CFG scale:", "Seed:", "Size:", "Model:", "Model hash:"] where text[place...].starts(with: key) {
            return true
        }
        return false
    }

    /// A JSON text; `nil`, and nothing read, when it has no end.
    private mutating func quoted() -> String? {
        var place = position + 1
        while place < text.count, text[place] != "\"" { place += text[place] == "\\" ? 2 : 1 }
        guard place < text.count else { return nil }
        let written = text[position...place]
        position = place + 1
        let json = String(written.map { $0 == "\n" ? " " : $0 })
        if case .list(let values)? = JSONSettings.value("[\(json)]"), case .string(let text)? = values.first { return text }
        return String(written.dropFirst().dropLast()).replacing("\\\"", with: "\"")
    }

    /// A list or map of JSON, up to the bracket that closes it.
    private mutating func json() -> String? {
        var depth = 0
        var isText = false
        var place = position
        while place < text.count {
            switch text[place] {
            case "\\" where isText: place += 1
            case "\"": isText.toggle()
            case "[" where !isText, "{" where !isText: depth += 1
            case "]" where !isText, "}" where !isText:
                depth -= 1
                if depth == 0 {
                    defer { position = place + 1 }
                    return String(text[position...place])
                }
            default: break
            }
            place += 1
        }
        return nil
    }
}
