/// A regular expression that is searched in time proportional to pattern times text, whatever they hold: patterns come out of files.
///
/// The part of JavaScript's spelling that people use for names: characters, `.`, sets, `\d \w \s \b` and their opposites, groups, `|`,
/// `* + ?` and `{m,n}`, `^ $`. Looking ahead or behind and back references aren't read.
struct LinearPattern {
    /// What is wrong with a pattern.
    struct Unreadable: Error {}

    private enum Step {
        case scalar((Unicode.Scalar) -> Bool)
        case start, end
        case boundary(Bool)
        /// Two ways on.
        case fork(Int, Int)
        case jump(Int)
        case done
    }

    private var steps: [Step] = []
    private static let mostSteps = 4000

    init(_ text: String) throws(Unreadable) {
        var parser = Parser(scalars: Array(text.unicodeScalars))
        let tree = try parser.alternatives()
        guard parser.position == parser.scalars.count else { throw Unreadable() }
        try add(tree)
        steps.append(.done)
    }

    /// Whether the pattern occurs anywhere in a text.
    func occurs(in text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var current: [Int] = []
        var marks = [Int](repeating: -1, count: steps.count)
        for position in 0...scalars.count {
            // A search may begin at every place.
            var found = follow(0, scalars, position, &current, &marks)
            if found { return true }
            guard position < scalars.count else { return false }
            var next: [Int] = []
            let stamp = position + 1
            for step in current {
                guard case .scalar(let accepts) = steps[step], accepts(scalars[position]) else { continue }
                found = follow(step + 1, scalars, stamp, &next, &marks)
                if found { return true }
            }
            current = next
        }
        return false
    }

    /// Adds the character steps that are reached from one without reading; true when the end is among them.
    private func follow(
        _ first: Int, _ scalars: [Unicode.Scalar], _ position: Int, _ reached: inout [Int], _ marks: inout [Int]
    ) -> Bool {
        func isWord(_ index: Int) -> Bool { scalars.indices.contains(index) && Self.isWord(scalars[index]) }
        var waiting = [first]
        while let step = waiting.popLast() {
            if marks[step] == position { continue }
            marks[step] = position
            switch steps[step] {
            case .scalar: reached.append(step)
            case .start: if position == 0 { waiting.append(step + 1) }
            case .end: if position == scalars.count { waiting.append(step + 1) }
            case .boundary(let wanted): if (isWord(position - 1) != isWord(position)) == wanted { waiting.append(step + 1) }
            case .fork(let a, let b): waiting += [a, b]
            case .jump(let target): waiting.append(target)
            case .done: return true
            }
        }
        return false
    }

    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
    }

    // MARK: Making steps

    private mutating func add(_ tree: Tree) throws(Unreadable) {
        guard steps.count < Self.mostSteps else { throw Unreadable() }
        switch tree {
        case .scalar(let accepts): steps.append(.scalar(accepts))
        case .start: steps.append(.start)
        case .end: steps.append(.end)
        case .boundary(let wanted): steps.append(.boundary(wanted))
        case .sequence(let parts): for part in parts { try add(part) }
        case .either(let ways):
            var exits: [Int] = []
            for (index, way) in ways.enumerated() {
                if index == ways.count - 1 {
                    try add(way)
                    continue
                }
                let fork = steps.count
                steps.append(.done)
                try add(way)
                exits.append(steps.count)
                steps.append(.done)
                steps[fork] = .fork(fork + 1, steps.count)
            }
            for exit in exits { steps[exit] = .jump(steps.count) }
        case .repeated(let part, let least, let most):
            for _ in 0..<least { try add(part) }
            if let most {
                var forks: [Int] = []
                for _ in least..<max(most, least) {
                    forks.append(steps.count)
                    steps.append(.done)
                    try add(part)
                }
                for fork in forks { steps[fork] = .fork(fork + 1, steps.count) }
            } else {
                let fork = steps.count
                steps.append(.done)
                try add(part)
                steps.append(.jump(fork))
                steps[fork] = .fork(fork + 1, steps.count)
            }
        }
    }

    // MARK: Reading

    private indirect enum Tree {
        case scalar((Unicode.Scalar) -> Bool)
        case start, end
        case boundary(Bool)
        case sequence([Tree])
        case either([Tree])
        case repeated(Tree, Int, Int?)
    }

    private struct Parser {
        let scalars: [Unicode.Scalar]
        var position = 0
        private var depth = 0

        init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

        private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

        private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard next == scalar else { return false }
            position += 1
            return true
        }

        mutating func alternatives() throws(Unreadable) -> Tree {
            depth += 1
            defer { depth -= 1 }
            guard depth < 32 else { throw Unreadable() }
            var ways: [Tree] = []
            repeat {
                var parts: [Tree] = []
                while let scalar = next, scalar != "|", scalar != ")" { parts.append(try counted(try atom(scalar))) }
                ways.append(.sequence(parts))
            } while take("|")
            return ways.count == 1 ? ways[0] : .either(ways)
        }

        private mutating func counted(_ tree: Tree) throws(Unreadable) -> Tree {
            var tree = tree
            if take("*") {
                tree = .repeated(tree, 0, nil)
            } else if take("+") {
                tree = .repeated(tree, 1, nil)
            } else if take("?") {
                tree = .repeated(tree, 0, 1)
            } else if next == "{", let (least, most) = bounds() {
                guard least <= 200, most ?? 0 <= 200 else { throw Unreadable() }
                tree = .repeated(tree, least, most)
            } else {
                return tree
            }
            // As few as possible: the same places.
            _ = take("?")
            return tree
        }

        /// `{3}`, `{3,}`, `{3,5}`; anything else is plain text.
        private mutating func bounds() -> (Int, Int?)? {
            guard let close = scalars[position...].firstIndex(of: "}") else { return nil }
            let inside = String(String.UnicodeScalarView(scalars[(position + 1)..<close]))
            let parts = inside.split(separator: ",", omittingEmptySubsequences: false)
            guard let least = parts.first.flatMap({ Int($0) }), least >= 0, parts.count <= 2 else { return nil }
            var most: Int? = least
            if parts.count == 2 {
                most = parts[1].isEmpty ? nil : Int(parts[1])
                if !parts[1].isEmpty, most.map({ $0 < least }) ?? true { return nil }
            }
            position = close + 1
            return (least, most)
        }

        private mutating func atom(_ scalar: Unicode.Scalar) throws(Unreadable) -> Tree {
            position += 1
            switch scalar {
            case "(":
                if take("?") { guard take(":") else { throw Unreadable() } }
                let inside = try alternatives()
                guard take(")") else { throw Unreadable() }
                return inside
            case "[": return .scalar(try set())
            case ".": return .scalar { $0 != "\n" && $0 != "\r" }
            case "^": return .start
            case "$": return .end
            case "*", "+", "?": throw Unreadable()
            case "\\": return try escape()
            default: return .scalar { $0 == scalar }
            }
        }

        private mutating func escape() throws(Unreadable) -> Tree {
            guard let scalar = next else { throw Unreadable() }
            position += 1
            switch scalar {
            case "b": return .boundary(true)
            case "B": return .boundary(false)
            case "1"..."9": throw Unreadable()
            default: return .scalar(try Self.class(scalar))
            }
        }

        /// What `\x` stands for.
        private static func `class`(_ scalar: Unicode.Scalar) throws(Unreadable) -> (Unicode.Scalar) -> Bool {
            switch scalar {
            case "d": { ("0"..."9").contains($0) }
            case "D": { !("0"..."9").contains($0) }
            case "w": { LinearPattern.isWord($0) }
            case "W": { !LinearPattern.isWord($0) }
            case "s": { $0.properties.isWhitespace }
            case "S": { !$0.properties.isWhitespace }
            case "n": { $0 == "\n" }
            case "t": { $0 == "\t" }
            case "r": { $0 == "\r" }
            default:
                if LinearPattern.isWord(scalar) { throw Unreadable() } else { { $0 == scalar } }
            }
        }

        private mutating func set() throws(Unreadable) -> (Unicode.Scalar) -> Bool {
            let inverted = take("^")
            var members: [(Unicode.Scalar) -> Bool] = []
            while let scalar = next, scalar != "]" {
                position += 1
                if scalar == "\\" {
                    guard let escaped = next else { throw Unreadable() }
                    position += 1
                    members.append(try Self.class(escaped))
                } else if next == "-", position + 1 < scalars.count, scalars[position + 1] != "]", scalars[position + 1] != "\\" {
                    let last = scalars[position + 1]
                    guard scalar <= last else { throw Unreadable() }
                    position += 2
                    members.append { (scalar...last).contains($0) }
                } else {
                    members.append { $0 == scalar }
                }
            }
            guard take("]") else { throw Unreadable() }
            let all = members
            return { scalar in all.contains { $0(scalar) } != inverted }
        }
    }
}
