internal import Glibc

/// Prompts of Automatic1111 and NovelAI in ComfyUI's syntax.
///
/// - `[a]` lowers a weight, and weights within weights multiply: both are written out as `(a:0.91)`.
/// - `[a:b:0.5]` and `[a|b]` change the prompt from step to step: `PromptSchedule`.
struct PromptSyntax {
    /// What a bracket without a number changes the weight by.
    struct Dialect {
        var raising: Character = "("
        var factor = 1.1
        var hasSchedules = true
        static let automatic1111 = Dialect()
        static let novelAI = Dialect(raising: "{", factor: 1.05, hasSchedules: false)
    }

    let dialect: Dialect

    /// The text with its weights written out. It holds no schedules any more.
    func converted(_ prompt: String) -> String { weighted(Array(prompt)) ?? prompt }

    // MARK: Weights

    private struct Piece {
        var text: String
        var weight: Double
    }

    /// The text with every weight written out; `nil` where ComfyUI reads the text in the same way as it stands.
    private func weighted(_ text: [Character]) -> String? {
        var pieces: [Piece] = []
        var raised: [Int] = [], lowered: [Int] = []
        var differs = false
        var holdsNumber: [Bool] = []
        var current = ""
        func flush() {
            if !current.isEmpty { pieces.append(Piece(text: current, weight: 1)) }
            current = ""
        }
        func multiply(from start: Int, by factor: Double) { for index in pieces.indices[start...] { pieces[index].weight *= factor } }
        let (open, close): (Character, Character) = dialect.raising == "{" ? ("{", "}") : ("(", ")")
        var position = 0
        while position < text.count {
            let character = text[position]
            if character == "\\", position + 1 < text.count {
                current += String(text[position...position + 1])
                position += 1
            } else if character == open {
                flush()
                raised.append(pieces.count)
                holdsNumber.append(false)
                if open == "{" { differs = true }
            } else if character == "[" {
                flush()
                lowered.append(pieces.count)
            } else if character == close, let start = raised.popLast() {
                let inner = holdsNumber.popLast() ?? false
                var factor = dialect.factor
                var hasNumber = false
                if open == "(", let colon = current.lastIndex(of: ":"),
                    let number = Double(GenerationParameters.trimmed(current[current.index(after: colon)...])), number.isFinite
                {
                    factor = number
                    current = String(current[..<colon])
                    hasNumber = true
                    // ComfyUI takes a number for the weight itself, not for a factor.
                    if !raised.isEmpty || !lowered.isEmpty { differs = true }
                }
                if hasNumber, inner { differs = true }
                if let last = holdsNumber.indices.last { holdsNumber[last] = holdsNumber[last] || hasNumber || inner }
                if inner, !hasNumber { differs = true }
                flush()
                multiply(from: min(start, pieces.count), by: factor)
            } else if character == "]", let start = lowered.popLast() {
                flush()
                multiply(from: min(start, pieces.count), by: 1 / dialect.factor)
                differs = true
            } else if dialect.raising == "{", character == "(" || character == ")" {
                // Plain characters there, weights here.
                current += "\\" + String(character)
                differs = true
            } else {
                current.append(character)
            }
            position += 1
        }
        flush()
        guard differs || !raised.isEmpty || !lowered.isEmpty else { return nil }
        // What is never closed counts to the end, as there.
        for start in raised { multiply(from: min(start, pieces.count), by: dialect.factor) }
        for start in lowered { multiply(from: min(start, pieces.count), by: 1 / dialect.factor) }
        return written(pieces)
    }

    private func written(_ pieces: [Piece]) -> String {
        var result = ""
        var index = 0
        while index < pieces.count {
            let weight = (pieces[index].weight * 10_000).rounded() / 10_000
            var text = ""
            while index < pieces.count, (pieces[index].weight * 10_000).rounded() / 10_000 == weight {
                text += pieces[index].text
                index += 1
            }
            if weight == 1 || text.allSatisfy(\.isWhitespace) {
                result += text
            } else {
                let head = text.prefix { $0.isWhitespace }
                let tail = text.reversed().prefix { $0.isWhitespace }.reversed()
                result +=
                    head
                    + "(\(text.dropFirst(head.count).dropLast(tail.count)):\(weight == weight.rounded() ? String(Int(weight)) : "\(weight)"))"
                result += String(tail)
            }
        }
        return result
    }
}

extension PromptSyntax {
    /// A part of a prompt that is a prompt of its own (`a AND b:0.5`), and how much it counts.
    struct Part: Equatable {
        var text: String
        var weight = 1.0
    }

    /// The prompts that `AND` joins.
    static func joined(_ prompt: String) -> [Part] {
        prompt.split(separator: /\bAND\b/, omittingEmptySubsequences: true).compactMap { piece in
            var part = Part(text: GenerationParameters.trimmed(piece))
            if let found = part.text.wholeMatch(of: /(?s)(.*[^:\\(]):\s*(-?[0-9]*\.?[0-9]+)\s*/), let weight = Double(found.2) {
                part = Part(text: GenerationParameters.trimmed(found.1), weight: weight)
            }
            return part.text.isEmpty ? nil : part
        }
    }

    /// The chunks that `BREAK` parts: each is encoded by itself, one behind the other.
    static func chunks(_ prompt: String) -> [String] {
        let chunks = prompt.split(separator: /\bBREAK\b/, omittingEmptySubsequences: true).map { GenerationParameters.trimmed($0) }.filter {
            !$0.isEmpty
        }
        return chunks.isEmpty ? [""] : chunks
    }

    /// The prompt with `embedding:` before the names of embeddings that are there, which other programs write plainly.
    ///
    /// - Parameter names: the files, as a workflow names them.
    static func markingEmbeddings(_ prompt: String, names: [String]) -> String {
        var result = prompt
        let stems = names.map { name in
            let base = name.split(separator: "/").last.map(String.init) ?? name
            return (
                word: base.lastIndex(of: ".").map { String(base[..<$0]) } ?? base,
                name: name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
            )
        }
        for (word, name) in stems.sorted(by: { $0.word.count > $1.word.count }) where word.count >= 2 {
            var rebuilt = ""
            var rest = result[...]
            let wanted = word.lowercased()
            // Most aren't named: that is found out cheaply.
            guard result.lowercased().contains(wanted) else { continue }
            while let found = caseInsensitive(wanted, in: rest) {
                let before = rest[..<found.lowerBound]
                let isWord =
                    !(before.last ?? rebuilt.last ?? " ").joinsNames && !(rest[found.upperBound...].first ?? " ").joinsNames
                    && !(rebuilt + before).hasEmbeddingMark
                rebuilt += before + (isWord ? "embedding:\(name)" : String(rest[found]))
                rest = rest[found.upperBound...]
            }
            result = rebuilt + rest
        }
        return result
    }

    private static func caseInsensitive(_ wanted: String, in text: Substring) -> Range<Substring.Index>? {
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].prefix(wanted.count).lowercased() == wanted {
                return start..<(text.index(start, offsetBy: wanted.count, limitedBy: text.endIndex) ?? text.endIndex)
            }
            start = text.index(after: start)
        }
        return nil
    }
}

extension Character {
    fileprivate var joinsNames: Bool { isLetter || isNumber || self == "_" || self == "-" || self == "/" }
}

extension String {
    /// Whether it ends with `embedding:`, or a folder of one.
    fileprivate var hasEmbeddingMark: Bool {
        let word = reversed().prefix { !$0.isWhitespace && $0 != "," && $0 != "(" }
        return String(word.reversed()).lowercased().hasPrefix("embedding:")
    }
}
