internal import Problems

/// A formula in Python's spelling, computed while it is read.
///
/// Numbers, names, `+ - * / // % **`, `& | ^ ~ << >>`, comparisons, `and or not`, functions, `a.width`, `a[1]`.
struct Expression {
    private enum Token: Equatable {
        case number(ExpressionValue)
        case name(String)
        case symbol(String)
    }

    private let tokens: [Token]
    private var position = 0
    private var depth = 0
    private let names: [String: ExpressionValue]

    /// - Parameter names: what the names stand for.
    /// - Throws: `ExpressionError` for a formula that can't be read or has no value.
    static func evaluate(_ text: String, names: [String: ExpressionValue]) throws(ExpressionError) -> ExpressionValue {
        var expression = Expression(tokens: try tokens(of: text), names: names)
        let value = try expression.disjunction()
        guard expression.position == expression.tokens.count else {
            throw ExpressionError("\(expression.found) is left over")
        }
        return value
    }

    private init(tokens: [Token], names: [String: ExpressionValue]) {
        (self.tokens, self.names) = (tokens, names)
    }

    // MARK: Reading

    private static let symbols = ["**", "//", "<<", ">>", "<=", ">=", "==", "!="] + "+-*/%&|^~<>()[],.".map(String.init)

    private static func tokens(of text: String) throws(ExpressionError) -> [Token] {
        let characters = Array(text.unicodeScalars)
        var tokens: [Token] = []
        var index = 0
        func isDigit(_ at: Int) -> Bool { at < characters.count && ("0"..."9").contains(characters[at]) }
        func isLetter(_ at: Int) -> Bool {
            at < characters.count && (characters[at].properties.isAlphabetic || characters[at] == "_")
        }
        func slice(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(characters[range])) }
        while index < characters.count {
            let start = index
            if characters[index].properties.isWhitespace {
                index += 1
            } else if isDigit(index) || (characters[index] == "." && isDigit(index + 1)) {
                while isDigit(index) || (index < characters.count && characters[index] == ".") { index += 1 }
                if index < characters.count, characters[index] == "e" || characters[index] == "E" {
                    let sign = index + 1 < characters.count && "+-".unicodeScalars.contains(characters[index + 1]) ? 2 : 1
                    if isDigit(index + sign) {
                        index += sign
                        while isDigit(index) { index += 1 }
                    }
                }
                let digits = slice(start..<index)
                if let whole = Int(digits) {
                    tokens.append(.number(.integer(whole)))
                } else if let number = Double(digits) {
                    tokens.append(.number(.float(number)))
                } else {
                    throw ExpressionError("\"\(digits)\" is no number")
                }
            } else if isLetter(index) {
                while isLetter(index) || isDigit(index) { index += 1 }
                tokens.append(.name(slice(start..<index)))
            } else {
                let rest = slice(index..<min(index + 2, characters.count))
                guard let symbol = symbols.first(where: rest.hasPrefix) else {
                    throw ExpressionError("\"\(characters[index])\" means nothing in a formula")
                }
                tokens.append(.symbol(symbol))
                index += symbol.unicodeScalars.count
            }
        }
        return tokens
    }

    private var found: String {
        guard position < tokens.count else { return "the end" }
        switch tokens[position] {
        case .number(let value): return "\(value)"
        case .name(let name), .symbol(let name): return "\"\(name)\""
        }
    }

    private mutating func take(_ symbol: String) -> Bool {
        guard position < tokens.count, tokens[position] == .symbol(symbol) else { return false }
        position += 1
        return true
    }

    private mutating func take(word: String) -> Bool {
        guard position < tokens.count, tokens[position] == .name(word) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ symbol: String) throws(ExpressionError) {
        guard take(symbol) else { throw ExpressionError("\"\(symbol)\" is missing before \(found)") }
    }

    // MARK: From the loosest to the tightest

    private mutating func disjunction() throws(ExpressionError) -> ExpressionValue {
        depth += 1
        defer { depth -= 1 }
        guard depth < 100 else { throw ExpressionError("the formula is nested too deeply") }
        var value = try conjunction()
        while take(word: "or") {
            let (left, right) = (try value.isTrue, try conjunction().isTrue)
            value = .truth(left || right)
        }
        return value
    }

    private mutating func conjunction() throws(ExpressionError) -> ExpressionValue {
        var value = try negation()
        while take(word: "and") {
            let (left, right) = (try value.isTrue, try negation().isTrue)
            value = .truth(left && right)
        }
        return value
    }

    private mutating func negation() throws(ExpressionError) -> ExpressionValue {
        var isNegated = false
        var any = false
        while take(word: "not") { (isNegated, any) = (!isNegated, true) }
        let value = try comparison()
        return any ? .truth(try value.isTrue != isNegated) : value
    }

    /// `1 < a < 3` holds when both parts do.
    private mutating func comparison() throws(ExpressionError) -> ExpressionValue {
        var left = try leftToRight(0)
        var result: Bool?
        while let symbol = ["<=", ">=", "==", "!=", "<", ">"].first(where: { take($0) }) {
            let right = try leftToRight(0)
            let holds = try Arithmetic.binary(symbol, left, right).isTrue
            result = (result ?? true) && holds
            left = right
        }
        return result.map { .truth($0) } ?? left
    }

    private static let levels = [["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "//", "/", "%"]]

    private mutating func leftToRight(_ level: Int) throws(ExpressionError) -> ExpressionValue {
        guard level < Self.levels.count else { return try sign() }
        var value = try leftToRight(level + 1)
        while let symbol = Self.levels[level].first(where: { take($0) }) {
            let right = try leftToRight(level + 1)
            value = try Arithmetic.binary(symbol, value, right)
        }
        return value
    }

    private mutating func sign() throws(ExpressionError) -> ExpressionValue {
        depth += 1
        defer { depth -= 1 }
        guard depth < 100 else { throw ExpressionError("the formula is nested too deeply") }
        if take("-") { return try Arithmetic.binary("-", .integer(0), sign()) }
        if take("+") { return try sign() }
        if take("~") { return try Arithmetic.binary("^", .integer(-1), sign()) }
        let base = try operand()
        // The power binds tighter than a sign before it, and its exponent may have one.
        return take("**") ? try Arithmetic.binary("**", base, sign()) : base
    }

    private mutating func operand() throws(ExpressionError) -> ExpressionValue {
        guard position < tokens.count else { throw ExpressionError("the formula ends where a value should be") }
        var value: ExpressionValue
        switch tokens[position] {
        case .number(let number):
            position += 1
            value = number
        case .name(let name):
            position += 1
            if take("(") {
                value = try Arithmetic.call(name, arguments())
            } else if let known = names[name] {
                value = known
            } else {
                throw ExpressionError("\"\(name)\" stands for nothing here")
            }
        case .symbol("("):
            position += 1
            value = try disjunction()
            try expect(")")
        case .symbol: throw ExpressionError("\(found) where a value should be")
        }
        while true {
            if take(".") {
                value = try member(of: value)
            } else if take("[") {
                let index = try disjunction()
                try expect("]")
                value = try element(index, of: value)
            } else {
                return value
            }
        }
    }

    private mutating func arguments() throws(ExpressionError) -> [ExpressionValue] {
        var arguments: [ExpressionValue] = []
        if take(")") { return [] }
        repeat { arguments.append(try disjunction()) } while take(",")
        try expect(")")
        return arguments
    }

    private mutating func member(of value: ExpressionValue) throws(ExpressionError) -> ExpressionValue {
        guard case .sized(let width, let height, _) = value else {
            throw ExpressionError("only pictures, masks and latents have a .width and a .height")
        }
        if take(word: "width") { return .integer(width) }
        if take(word: "height") { return .integer(height) }
        throw ExpressionError("\(found) after a point: there are .width and .height")
    }

    private func element(_ index: ExpressionValue, of value: ExpressionValue) throws(ExpressionError) -> ExpressionValue {
        let list: [Int]
        switch value {
        case .list(let dimensions), .sized(_, _, let dimensions): list = dimensions
        default: throw ExpressionError("a number has no elements")
        }
        guard case .integer(let place) = index, (-list.count..<list.count).contains(place) else {
            throw ExpressionError("there is no element \(index) in \(list)")
        }
        return .integer(list[place < 0 ? list.count + place : place])
    }
}
