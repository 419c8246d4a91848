/// Choices and comments in a prompt as ComfyUI's window treats them when a workflow is queued.
///
/// In this order: `/* … */` and `// …` to the end of the line go away (yes, that cuts a URL at its slashes); `{a|b|c}` becomes
/// one of its options, nested ones inside the chosen option, an unclosed brace running to the end of the text; at last `\{`,
/// `\}` and `\|` lose their backslash. Other backslashes stay for the prompt's own syntax.
///
/// A text that ends in a single backslash keeps it; ComfyUI's window appends the word "undefined" there.
struct DynamicPrompt {
    /// The text with its choices made.
    ///
    /// - Parameter choose: picks an option's index, given how many there are. Asked left to right, outer before inner.
    static func resolve(_ text: String, choose: (Int) -> Int) -> String {
        var parser = DynamicPrompt(characters: Array(withoutComments(text)))
        let chosen = parser.text(choose: choose)
        return withoutEscapes(chosen)
    }

    /// The text that `resolve` turns into this one, as far as there is one (comments can't be escaped).
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            if character == "{" || character == "}" || character == "|" { result += "\\" }
            result.append(character)
        }
        return result
    }

    /// Whether `resolve` could change the text.
    static func mayChange(_ text: String) -> Bool {
        text.utf8.contains { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
    }

    private let characters: [Character]
    private var position = 0

    private init(characters: [Character]) { self.characters = characters }

    /// Plain text with choices, to the end.
    private mutating func text(choose: (Int) -> Int) -> String {
        var result = ""
        while position < characters.count {
            let character = characters[position]
            position += 1
            switch character {
            case "\\":
                result.append("\\")
                if position < characters.count {
                    result.append(characters[position])
                    position += 1
                }
            case "{": result += choice(choose: choose)
            default: result.append(character)
            }
        }
        return result
    }

    /// After an opening brace: collects the options with nested braces kept, then resolves the chosen one.
    private mutating func choice(choose: (Int) -> Int) -> String {
        var options = [""]
        var depth = 0
        scan: while position < characters.count {
            let character = characters[position]
            position += 1
            switch character {
            case "\\" where position < characters.count:
                options[options.count - 1] += "\\" + String(characters[position])
                position += 1
                continue
            case "{": depth += 1
            case "}" where depth == 0: break scan
            case "}": depth -= 1
            case "|" where depth == 0:
                options.append("")
                continue
            default: break
            }
            options[options.count - 1].append(character)
        }
        let index = options.count == 1 ? min(max(choose(1), 0), 0) : choose(options.count)
        var inner = DynamicPrompt(characters: Array(options[min(max(index, 0), options.count - 1)]))
        return inner.text(choose: choose)
    }

    private static func withoutComments(_ text: String) -> String {
        // Scalars, not characters: CR LF is one character, but the line break stays while the comment before it goes.
        let scalars = Array(text.unicodeScalars)
        var result = String.UnicodeScalarView()
        var index = 0
        while index < scalars.count {
            if scalars[index] == "/", index + 1 < scalars.count {
                if scalars[index + 1] == "/" {
                    while index < scalars.count, scalars[index] != "\n", scalars[index] != "\r" { index += 1 }
                    continue
                }
                if scalars[index + 1] == "*", let end = endOfBlock(scalars, from: index + 2) {
                    index = end
                    continue
                }
            }
            result.append(scalars[index])
            index += 1
        }
        return String(result)
    }

    /// Just behind the next `*/`, or `nil`: an unterminated comment is text.
    private static func endOfBlock(_ scalars: [Unicode.Scalar], from start: Int) -> Int? {
        var index = start
        while index + 1 < scalars.count {
            if scalars[index] == "*", scalars[index + 1] == "/" { return index + 2 }
            index += 1
        }
        return nil
    }

    private static func withoutEscapes(_ text: String) -> String {
        var result = ""
        var characters = text.makeIterator()
        var held: Character?
        while let character = held ?? characters.next() {
            held = nil
            guard character == "\\" else {
                result.append(character)
                continue
            }
            switch characters.next() {
            case let next? where next == "{" || next == "}" || next == "|": result.append(next)
            case let next?:
                result.append("\\")
                held = next
            case nil: result.append("\\")
            }
        }
        return result
    }
}
