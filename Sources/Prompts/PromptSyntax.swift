public import Problems

/// A piece of a prompt with one weight.
public struct PromptSegment: Sendable, Equatable {
    /// Escapes resolved: `\(` has become `(`.
    public var text: String
    /// 1 is neutral.
    public var weight: Double

    public init(text: String, weight: Double) {
        self.text = text
        self.weight = weight
    }
}

/// A prompt that can't be taken apart.
public typealias PromptError = PlainProblem<PromptErrorCode>

public enum PromptErrorCode: String, ProblemCode {
    case nestedTooDeeply = "prompt-nested-too-deeply"
    case embeddingWithoutName = "prompt-embedding-without-name"

    public var category: ProblemCategory { .wrongInput }
    public var meaning: String { self == .nestedTooDeeply ? "Parentheses nest too deeply." : "An embedding has no name." }
    public var hint: String { self == .nestedTooDeeply ? "Write the weight as a number." : "Write embedding:name." }
}

/// The weights that parentheses give, as ComfyUI reads them.
///
/// - `(text)` multiplies the weight by 1.1; nesting multiplies again.
/// - `(text:1.3)` replaces the weight so far. What follows the last colon must be a number as Python's `float()` reads it, and
///   something must stand before that colon; otherwise the colon is text.
/// - `\(` and `\)` are parentheses in the text. Square brackets and braces mean nothing.
/// - An open parenthesis that is never closed stays in the text. A closing one too many stays as well, and the opening ones
///   that follow only make up for it.
public enum PromptSyntax {
    /// Deeper nesting is refused: at 1.1 a level nobody means it.
    static let deepestNesting = 400

    /// Cuts a prompt into segments, in order, none empty.
    ///
    /// - Throws: `PromptError` when parentheses nest more than 400 deep.
    public static func segments(of prompt: String) throws(PromptError) -> [PromptSegment] {
        var segments: [PromptSegment] = []
        try appendSegments(of: symbols(of: prompt)[...], weight: 1, depth: 0, to: &segments)
        return segments
    }

    /// A character, or an escaped parenthesis, which is none to the parser.
    private enum Symbol: Equatable {
        case character(Unicode.Scalar)
        case escaped(Unicode.Scalar)

        var scalar: Unicode.Scalar {
            switch self {
            case .character(let scalar), .escaped(let scalar): scalar
            }
        }
    }

    private static func symbols(of prompt: String) -> [Symbol] {
        let scalars = Array(prompt.unicodeScalars)
        var symbols: [Symbol] = []
        symbols.reserveCapacity(scalars.count)
        var index = 0
        while index < scalars.count {
            if scalars[index] == "\\", index + 1 < scalars.count, scalars[index + 1] == "(" || scalars[index + 1] == ")" {
                symbols.append(.escaped(scalars[index + 1]))
                index += 2
            } else {
                symbols.append(.character(scalars[index]))
                index += 1
            }
        }
        return symbols
    }

    private static let open = Symbol.character("(")
    private static let close = Symbol.character(")")

    private static func appendSegments(
        of text: ArraySlice<Symbol>, weight: Double, depth: Int, to segments: inout [PromptSegment]
    ) throws(PromptError) {
        guard depth <= deepestNesting else {
            throw PromptError(
                code: .nestedTooDeeply, reason: "the prompt's parentheses nest more than \(deepestNesting) deep",
                hint: "give the weight as a number: (text:1.3)")
        }
        for piece in pieces(of: text) {
            guard piece.count >= 2, piece.first == open, piece.last == close else {
                segments.append(PromptSegment(text: string(piece), weight: weight))
                continue
            }
            var inner = piece.dropFirst().dropLast()
            var innerWeight = weight * 1.1
            if let colon = inner.lastIndex(of: .character(":")), colon > inner.startIndex,
                let number = pythonFloat(inner[(colon + 1)...].map(\.scalar))
            {
                innerWeight = number
                inner = inner[..<colon]
            }
            try appendSegments(of: inner, weight: innerWeight, depth: depth + 1, to: &segments)
        }
    }

    /// Top-level groups with their parentheses, and what stands between them. Pieces are never empty.
    private static func pieces(of text: ArraySlice<Symbol>) -> [ArraySlice<Symbol>] {
        var pieces: [ArraySlice<Symbol>] = []
        var start = text.startIndex
        // Below zero after a closing parenthesis too many.
        var level = 0
        func cut(before end: Int) {
            if start < end { pieces.append(text[start..<end]) }
            start = end
        }
        for index in text.indices {
            if text[index] == open {
                if level == 0 { cut(before: index) }
                level += 1
            } else if text[index] == close {
                level -= 1
                if level == 0 { cut(before: index + 1) }
            }
        }
        cut(before: text.endIndex)
        return pieces
    }

    private static func string(_ text: ArraySlice<Symbol>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text.map(\.scalar))
        return String(view)
    }

    /// A number as Python's `float()` takes it: blanks around it, a sign, decimal digits of any script, single underscores
    /// between digits, an exponent, `inf`, `infinity`, `nan`.
    static func pythonFloat(_ text: [Unicode.Scalar]) -> Double? {
        func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value) }
        let trimmed = text.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        var ascii: [UInt8] = []
        for scalar in trimmed {
            if scalar.isASCII {
                ascii.append(UInt8(scalar.value))
            } else if scalar.properties.numericType == .decimal, let digit = scalar.properties.numericValue {
                ascii.append(UInt8(ascii: "0") + UInt8(digit))
            } else {
                return nil
            }
        }
        return pythonFloat(ascii: ascii)
    }

    private static func pythonFloat(ascii text: [UInt8]) -> Double? {
        var rest = text[...]
        var isNegative = false
        if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
            isNegative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        switch String(decoding: rest, as: UTF8.self).lowercased() {
        case "inf", "infinity": return isNegative ? -.infinity : .infinity
        case "nan": return .nan
        default: break
        }
        /// Takes digits with single underscores between them off the front; `nil` when underscores stand elsewhere.
        func digits() -> [UInt8]? {
            let run = rest.prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
            rest = rest[run.endIndex...]
            let parts = run.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
            if run.isEmpty { return [] }
            return parts.allSatisfy { !$0.isEmpty } ? Array(parts.joined()) : nil
        }
        guard let whole = digits() else { return nil }
        var number = whole
        var fraction: [UInt8] = []
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard let digits = digits() else { return nil }
            fraction = digits
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        number = (whole.isEmpty ? [0x30] : whole) + [UInt8(ascii: ".")] + (fraction.isEmpty ? [0x30] : fraction)
        if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            number.append(UInt8(ascii: "e"))
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                number.append(sign)
                rest = rest.dropFirst()
            }
            guard let exponent = digits(), !exponent.isEmpty else { return nil }
            number += exponent
        }
        guard rest.isEmpty, let value = Double(String(decoding: number, as: UTF8.self)) else { return nil }
        return isNegative ? -value : value
    }
}
