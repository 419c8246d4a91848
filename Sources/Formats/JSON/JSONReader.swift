/// Reads JSON into a `SourceTree`.
///
/// Numbers stay text. The bare words `NaN`, `Infinity` and `-Infinity`, which Python writes, are understood.
/// A key that comes twice counts the last time, as in Python, with a warning.
public final class JSONReader: JSONEventTaker {
    private let limits: ReaderLimits
    private var problems: [SourceProblem] = []
    private var open: [Frame] = []
    private var root: SourceTree?
    private var valueCount = 0
    /// The limit that stopped the reading.
    private var refused: (kind: SourceProblem.Kind, reason: String, limit: Int)?
    private var cursor: JSONCursor
    /// Where bare words stood, by offset: the parser sees digits there.
    private let bareWords: [Int: String]

    private struct Frame {
        var position: SourcePosition
        var isMapping: Bool
        var elements: [SourceTree] = []
        var entries: [SourceTree.Entry] = []
        var pendingKey: (text: String, position: SourcePosition)?
    }

    /// The tree of a text; none, and one error, when it can't be read.
    public static func read(_ text: String, limits: ReaderLimits = ReaderLimits()) -> SourceReading {
        read(Array(text.utf8), limits: limits)
    }

    /// The tree of a text in UTF-8; none, and one error, when it can't be read.
    public static func read(_ bytes: [UInt8], limits: ReaderLimits = ReaderLimits()) -> SourceReading {
        let reader = JSONReader(bytes, limits: limits)
        let tree = reader.run()
        return SourceReading(tree: tree, problems: reader.problems)
    }

    private init(_ bytes: [UInt8], limits: ReaderLimits) {
        self.limits = limits
        var bytes = bytes
        bareWords = BareWords.replace(in: &bytes)
        cursor = JSONCursor(bytes: bytes)
    }

    private func run() -> SourceTree? {
        let bytes = cursor.bytes
        let end = bytes.withUnsafeBufferPointer { JSONEvents.read($0, into: self) }
        switch end {
        case .whole:
            if root == nil { report(SourceProblem(.syntax, "this is no JSON", at: cursor.position(of: bytes.count))) }
            return root
        case .stopped(let offset):
            guard let refused else { return nil }
            report(SourceProblem(refused.kind, refused.reason, at: cursor.position(of: offset), limit: refused.limit))
        case .malformed(let reason, let offset): report(SourceProblem(.syntax, reason, at: cursor.position(of: offset)))
        }
        return nil
    }

    // MARK: Events

    func take(_ event: JSONEvent, endingAt end: Int) -> Bool {
        let place = cursor.startOfToken(endingAt: end)
        switch event {
        case .null: return put(.null, at: place)
        case .boolean(let value): return put(.boolean(value), at: place)
        case .number(let digits): return put(.number(bareWords[cursor.lastStart] ?? String(digits)), at: place)
        case .string(let text): return put(.string(String(text)), at: place)
        case .key(let text):
            if let last = open.indices.last { open[last].pendingKey = (String(text), place) }
            return count()
        case .beginMap: return begin(mapping: true, at: place)
        case .beginList: return begin(mapping: false, at: place)
        case .endMap, .endList:
            guard let frame = open.popLast() else { return false }
            return put(frame.isMapping ? .mapping(unique(frame.entries)) : .sequence(frame.elements), at: frame.position)
        }
    }

    private func begin(mapping: Bool, at place: SourcePosition) -> Bool {
        guard open.count < limits.depth else {
            refused = (.tooDeep, "nested more than \(limits.depth) levels deep", limits.depth)
            return false
        }
        open.append(Frame(position: place, isMapping: mapping))
        return count()
    }

    private func put(_ content: SourceTree.Content, at place: SourcePosition) -> Bool {
        let tree = SourceTree(content: content, position: place)
        if let last = open.indices.last {
            if let key = open[last].pendingKey {
                open[last].entries.append(.init(key: key.text, keyPosition: key.position, value: tree))
                open[last].pendingKey = nil
            } else {
                open[last].elements.append(tree)
            }
        } else {
            root = tree
        }
        return count()
    }

    private func count() -> Bool {
        valueCount += 1
        guard valueCount <= limits.values else {
            refused = (.tooManyValues, "more than \(limits.values) values", limits.values)
            return false
        }
        return true
    }

    /// The entries, each key once: the last value at the first place.
    private func unique(_ entries: [SourceTree.Entry]) -> [SourceTree.Entry] {
        // Small maps, by far the most, are checked without hashing.
        if entries.count <= 8 {
            var repeated = false
            for i in entries.indices where !repeated {
                for j in 0..<i where entries[i].key == entries[j].key { repeated = true }
            }
            if !repeated { return entries }
        }
        var seen: [String: Int] = [:]
        var result: [SourceTree.Entry] = []
        result.reserveCapacity(entries.count)
        for entry in entries {
            if let index = seen[entry.key] {
                report(
                    SourceProblem(
                        .duplicateKey, "\"\(entry.key)\" is given twice; the last one counts", at: entry.keyPosition, isWarning: true))
                result[index] = entry
            } else {
                seen[entry.key] = result.count
                result.append(entry)
            }
        }
        return result
    }

    private func report(_ problem: SourceProblem) {
        if problems.count < SourceReading.mostProblems { problems.append(problem) }
    }
}
