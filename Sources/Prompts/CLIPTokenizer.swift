@_spi(_Unicode) import Swift

/// Plain text to CLIP's token ids.
///
/// The steps are those of the tokenizer that Stable Diffusion's interfaces use ("slow" CLIP tokenizer of transformers 4.57 without
/// ftfy): special tokens are found, the rest is cleaned (control characters dropped, every CJK character a word of its own,
/// Unicode NFC, lower case, whitespace to single spaces), cut by CLIP's pattern into words, and each word's UTF-8 is merged.
/// HTML entities stay as they are. `Tests/DiffusionTests` holds 282 prompts against it.
public struct CLIPTokenizer: Sendable {
    private let vocabulary: CLIPVocabulary

    public init() { vocabulary = .shared }

    /// Token ids without start and end tokens.
    public func tokens(of text: String) -> [Int32] {
        var tokens: [Int32] = []
        var rest = Array(text.unicodeScalars)[...]
        while let special = Self.firstSpecial(in: rest, ignoringCase: false) {
            append(rest[..<special.range.lowerBound], to: &tokens)
            tokens.append(special.token)
            rest = rest[special.range.upperBound...]
        }
        append(rest, to: &tokens)
        return tokens
    }

    private func append(_ text: ArraySlice<Unicode.Scalar>, to tokens: inout [Int32]) {
        guard !text.isEmpty else { return }
        let clean = Self.cleaned(text)
        var position = clean.startIndex
        while position < clean.endIndex {
            if Self.isBlank(clean[position]) {
                position += 1
                continue
            }
            let end = Self.endOfWord(in: clean, from: position)
            let word = clean[position..<end]
            if let special = Self.special(at: word, ignoringCase: true), special.range.upperBound == end {
                tokens.append(special.token)
            } else {
                tokens += vocabulary.tokens(ofWord: word.flatMap { Array(String(Character($0)).utf8) })
            }
            position = end
        }
    }

    // MARK: Cleaning

    /// Single-spaced, normalised, lower-case text.
    static func cleaned(_ text: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
        var kept = String.UnicodeScalarView()
        for scalar in text {
            if scalar.isASCII {
                if scalar.value >= 0x20 && scalar.value != 0x7F || scalar == "\t" || scalar == "\n" || scalar == "\r" {
                    kept.append(scalar)
                }
            } else if scalar.value == 0xFFFD || isControl(scalar) {
                continue
            } else if isCJK(scalar) {
                kept.append(" ")
                kept.append(scalar)
                kept.append(" ")
            } else {
                kept.append(scalar)
            }
        }
        // Nothing below U+0300 composes or decomposes with a neighbour.
        let normalized = kept.allSatisfy { $0.value < 0x300 } ? Array(kept) : Array(String(kept)._nfc)
        var result: [Unicode.Scalar] = []
        for word in normalized.split(whereSeparator: isBlank) {
            if !result.isEmpty { result.append(" ") }
            appendLowercased(word, to: &result)
        }
        return result
    }

    /// Lower case of a word, in full (İ becomes two characters), a sigma at the end of a word becoming ς.
    private static func appendLowercased(_ word: ArraySlice<Unicode.Scalar>, to result: inout [Unicode.Scalar]) {
        for index in word.indices {
            let scalar = word[index]
            if scalar.isASCII {
                let isUpper = scalar.value >= 0x41 && scalar.value <= 0x5A
                result.append(isUpper ? Unicode.Scalar(UInt8(scalar.value) + 0x20) : scalar)
            } else if scalar == "\u{3A3}" {
                result.append(isFinalSigma(word, at: index) ? "\u{3C2}" : "\u{3C3}")
            } else {
                result += scalar.properties.lowercaseMapping.unicodeScalars
            }
        }
    }

    /// Unicode's Final_Sigma: a cased letter before it and none after, case-ignorable ones skipped.
    private static func isFinalSigma(_ word: ArraySlice<Unicode.Scalar>, at index: Int) -> Bool {
        let before = word[..<index].last { !$0.properties.isCaseIgnorable }
        let after = word[(index + 1)...].first { !$0.properties.isCaseIgnorable }
        return before?.properties.isCased == true && after?.properties.isCased != true
    }

    /// Categories C*: control, format, surrogate, private use, unassigned.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }

    /// The blocks of CJK ideographs that are set off as words; kana and hangul are not.
    private static func isCJK(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B820...0x2CEAF,
            0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII ? scalar == " " || (scalar.value >= 0x09 && scalar.value <= 0x0D) : scalar.properties.isWhitespace
    }

    // MARK: Words

    /// Where the word that starts at `start` ends: a special token, an English contraction, a run of letters, one digit, or a
    /// run of anything else that isn't blank.
    private static func endOfWord(in text: [Unicode.Scalar], from start: Int) -> Int {
        if let special = special(at: text[start...], ignoringCase: true) { return special.range.upperBound }
        if text[start] == "'", let end = endOfContraction(in: text, from: start) { return end }
        let kind = kind(of: text[start])
        if kind == .digit { return start + 1 }
        var end = start + 1
        while end < text.count, !isBlank(text[end]), self.kind(of: text[end]) == kind { end += 1 }
        return end
    }

    private static func endOfContraction(in text: [Unicode.Scalar], from start: Int) -> Int? {
        func letter(_ offset: Int) -> Unicode.Scalar? {
            guard start + offset < text.count else { return nil }
            // The pattern ignores case, and the long s folds to s.
            return text[start + offset] == "\u{17F}" ? "s" : text[start + offset]
        }
        switch (letter(1), letter(2)) {
        case ("s", _), ("t", _), ("m", _), ("d", _): return start + 2
        case ("r", "e"), ("v", "e"), ("l", "l"): return start + 3
        default: return nil
        }
    }

    private enum Kind { case letter, digit, other }

    private static func kind(of scalar: Unicode.Scalar) -> Kind {
        if scalar.isASCII {
            switch scalar.value {
            case 0x61...0x7A, 0x41...0x5A: return .letter
            case 0x30...0x39: return .digit
            default: return .other
            }
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
        case .decimalNumber, .letterNumber, .otherNumber: return .digit
        default: return .other
        }
    }

    // MARK: Special tokens

    private static let specials: [(text: [Unicode.Scalar], token: Int32)] = [
        (Array("<|startoftext|>".unicodeScalars), CLIPVocabulary.startToken),
        (Array("<|endoftext|>".unicodeScalars), CLIPVocabulary.endToken),
    ]

    private static func special(
        at text: ArraySlice<Unicode.Scalar>, ignoringCase: Bool
    ) -> (range: Range<Int>, token: Int32)? {
        guard text.first == "<" else { return nil }
        for special in specials where text.count >= special.text.count {
            let candidate = text.prefix(special.text.count)
            let matches = zip(candidate, special.text).allSatisfy { found, wanted in
                found == wanted || (ignoringCase && found.isASCII && found.value | 0x20 == wanted.value && wanted.value >= 0x61)
            }
            if matches { return (candidate.startIndex..<candidate.endIndex, special.token) }
        }
        return nil
    }

    private static func firstSpecial(
        in text: ArraySlice<Unicode.Scalar>, ignoringCase: Bool
    ) -> (range: Range<Int>, token: Int32)? {
        for index in text.indices where text[index] == "<" {
            if let special = special(at: text[index...], ignoringCase: ignoringCase) { return special }
        }
        return nil
    }
}
