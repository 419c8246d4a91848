/// A pattern of file names as a shell has them: `*` and `?` within a folder, `**` through folders, `[abc]`, `[a-z]`, `[!abc]`.
struct FilePattern {
    private enum Part {
        case scalar(Unicode.Scalar)
        /// Any one character but a slash.
        case one
        case set([ClosedRange<Unicode.Scalar>], inverted: Bool)
        /// Any number of characters, slashes among them or not.
        case many(slashes: Bool)
    }

    private var parts: [Part] = []

    init(_ text: String) {
        let scalars = Array(text.unicodeScalars)
        var index = 0
        while index < scalars.count {
            switch scalars[index] {
            case "*":
                let isDouble = index + 1 < scalars.count && scalars[index + 1] == "*"
                parts.append(.many(slashes: isDouble))
                index += isDouble ? 2 : 1
                // `**/a` is also `a` itself.
                if isDouble, index < scalars.count, scalars[index] == "/" { index += 1 }
                continue
            case "?": parts.append(.one)
            case "[":
                if let (part, end) = Self.set(scalars, from: index) {
                    parts.append(part)
                    index = end
                    continue
                }
                parts.append(.scalar("["))
            default: parts.append(.scalar(scalars[index]))
            }
            index += 1
        }
    }

    /// Whether a text has any of the characters that make a pattern.
    static func isPattern(_ text: String) -> Bool { text.utf8.contains { $0 == 0x2A || $0 == 0x3F || $0 == 0x5B } }

    /// Whether a whole name fits. Takes time proportional to both lengths, whatever they hold.
    func matches(_ name: String) -> Bool {
        let scalars = Array(name.unicodeScalars)
        // Which beginnings of the name fit the parts so far.
        var fits = [Bool](repeating: false, count: scalars.count + 1)
        fits[0] = true
        for part in parts {
            if case .many(let slashes) = part {
                for index in scalars.indices where fits[index] && (slashes || scalars[index] != "/") { fits[index + 1] = true }
                continue
            }
            for index in scalars.indices.reversed() { fits[index + 1] = fits[index] && Self.accepts(part, scalars[index]) }
            fits[0] = false
        }
        return fits[scalars.count]
    }

    private static func accepts(_ part: Part, _ scalar: Unicode.Scalar) -> Bool {
        switch part {
        case .scalar(let wanted): scalar == wanted
        case .one, .many: scalar != "/"
        case .set(let ranges, let inverted): scalar != "/" && ranges.contains { $0.contains(scalar) } != inverted
        }
    }

    /// A set and the place behind its closing bracket; `nil` when there is none.
    private static func set(_ scalars: [Unicode.Scalar], from start: Int) -> (Part, Int)? {
        var index = start + 1
        var inverted = false
        if index < scalars.count, scalars[index] == "!" || scalars[index] == "^" {
            inverted = true
            index += 1
        }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while index < scalars.count {
            if scalars[index] == "]", !ranges.isEmpty { return (.set(ranges, inverted: inverted), index + 1) }
            if index + 2 < scalars.count, scalars[index + 1] == "-", scalars[index + 2] != "]", scalars[index] <= scalars[index + 2] {
                ranges.append(scalars[index]...scalars[index + 2])
                index += 3
            } else {
                ranges.append(scalars[index]...scalars[index])
                index += 1
            }
        }
        return nil
    }
}

/// The order in which a person counts: `photo2` before `photo10`, whatever the case of letters.
enum NaturalOrder {
    static func precedes(_ a: String, _ b: String) -> Bool {
        var left = a.lowercased().unicodeScalars[...], right = b.lowercased().unicodeScalars[...]
        while let x = left.first, let y = right.first {
            if isDigit(x), isDigit(y) {
                let first = left.prefix(while: isDigit).drop { $0 == "0" }, second = right.prefix(while: isDigit).drop { $0 == "0" }
                if first.count != second.count { return first.count < second.count }
                if let (p, q) = zip(first, second).first(where: { $0 != $1 }) { return p < q }
                left = left.drop(while: isDigit)
                right = right.drop(while: isDigit)
            } else {
                if x != y { return x < y }
                left = left.dropFirst()
                right = right.dropFirst()
            }
        }
        if left.isEmpty != right.isEmpty { return left.isEmpty }
        return a < b
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}
