internal import CYAJL

/// Reads JSON into a `SourceTree` with yajl; the only file that knows that library.
///
/// Numbers stay text. The bare words `NaN`, `Infinity` and `-Infinity`, which Python writes, are understood.
/// A key that comes twice counts the last time, as in Python, with a warning.
final class JSONParser {
    private let limits: ReaderLimits
    private var diagnostics: [Diagnostic] = []
    private var open: [Frame] = []
    private var root: SourceTree?
    private var valueCount = 0
    private var refused: (code: DiagnosticCode, message: String)?
    private var handle: yajl_handle?
    private var cursor: JSONCursor
    /// Where bare words stood, by offset: the parser sees digits there.
    private var bareWords: [Int: String] = [:]

    private struct Frame {
        var position: SourcePosition
        var isMapping: Bool
        var elements: [SourceTree] = []
        var entries: [SourceTree.Entry] = []
        var pendingKey: (text: String, position: SourcePosition)?
    }

    /// The tree of `text`, `nil` with one error when it can't be read.
    static func parse(_ text: String, limits: ReaderLimits = ReaderLimits()) -> (SourceTree?, [Diagnostic]) {
        let parser = JSONParser(Array(text.utf8), limits: limits)
        let tree = parser.run()
        return (tree, parser.diagnostics)
    }

    private init(_ bytes: [UInt8], limits: ReaderLimits) {
        self.limits = limits
        var bytes = bytes
        bareWords = BareWords.replace(in: &bytes)
        cursor = JSONCursor(bytes: bytes)
    }

    private func run() -> SourceTree? {
        var callbacks = yajl_callbacks(
            yajl_null: { JSONParser.from($0).add(.null) },
            yajl_boolean: { JSONParser.from($0).add(.boolean($1 != 0)) },
            yajl_integer: nil,
            yajl_double: nil,
            yajl_number: { JSONParser.from($0).addNumber($1, $2) },
            yajl_string: { JSONParser.from($0).add(.string(JSONParser.text($1, $2))) },
            yajl_start_map: { JSONParser.from($0).begin(mapping: true) },
            yajl_map_key: { JSONParser.from($0).addKey(JSONParser.text($1, $2)) },
            yajl_end_map: { JSONParser.from($0).end() },
            yajl_start_array: { JSONParser.from($0).begin(mapping: false) },
            yajl_end_array: { JSONParser.from($0).end() })
        guard let handle = yajl_alloc(&callbacks, nil, Unmanaged.passUnretained(self).toOpaque()) else {
            report(.error, .syntax, "out of memory", at: nil)
            return nil
        }
        self.handle = handle
        defer {
            yajl_free(handle)
            self.handle = nil
        }
        let bytes = cursor.bytes
        return bytes.withUnsafeBufferPointer { buffer -> SourceTree? in
            var status = yajl_parse(handle, buffer.baseAddress, buffer.count)
            var failedAt = Int(yajl_get_bytes_consumed(handle))
            if status == yajl_status_ok {
                failedAt = buffer.count
                status = yajl_complete_parse(handle)
            }
            if status == yajl_status_ok, let root { return root }
            let place = cursor.position(of: min(failedAt, buffer.count))
            if let refused {
                report(.error, refused.code, refused.message, at: place)
            } else {
                var reason = "this is no JSON"
                if let message = yajl_get_error(handle, 0, buffer.baseAddress, buffer.count) {
                    reason = String(cString: message).trimmed()
                    yajl_free_error(handle, message)
                }
                report(.error, .syntax, reason, at: place)
            }
            return nil
        }
    }

    // MARK: Events

    private static func from(_ context: UnsafeMutableRawPointer?) -> JSONParser {
        // Safe: yajl hands back the pointer `run` gave it, and only while `run` is on the stack.
        Unmanaged<JSONParser>.fromOpaque(context!).takeUnretainedValue()
    }

    private static func text(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> String {
        String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// Where the token that was just read starts.
    private func tokenStart() -> SourcePosition {
        let end = handle.map { Int(yajl_get_bytes_consumed($0)) } ?? 0
        return cursor.startOfToken(endingAt: end)
    }

    private func addNumber(_ digits: UnsafePointer<CChar>?, _ count: Int) -> CInt {
        let place = tokenStart()
        let number = digits.map { pointer in
            pointer.withMemoryRebound(to: UInt8.self, capacity: count) { JSONParser.text($0, count) }
        }
        return put(.number(bareWords[cursor.lastStart] ?? number ?? ""), at: place)
    }

    private func add(_ content: SourceTree.Content) -> CInt { put(content, at: tokenStart()) }

    private func addKey(_ key: String) -> CInt {
        let place = tokenStart()
        if let last = open.indices.last { open[last].pendingKey = (key, place) }
        return count()
    }

    private func begin(mapping: Bool) -> CInt {
        let place = tokenStart()
        guard open.count < limits.depth else {
            refused = (.tooDeep, "nested more than \(limits.depth) levels deep")
            return 0
        }
        open.append(Frame(position: place, isMapping: mapping))
        return count()
    }

    private func end() -> CInt {
        _ = tokenStart()
        guard let frame = open.popLast() else { return 0 }
        return put(
            frame.isMapping ? .mapping(unique(frame.entries)) : .sequence(frame.elements), at: frame.position)
    }

    private func put(_ content: SourceTree.Content, at place: SourcePosition) -> CInt {
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

    private func count() -> CInt {
        valueCount += 1
        guard valueCount <= limits.values else {
            refused = (.tooManyValues, "more than \(limits.values) values")
            return 0
        }
        return 1
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
                report(.warning, .duplicateKey, "\"\(entry.key)\" is given twice; the last one counts", at: entry.keyPosition)
                result[index] = entry
            } else {
                seen[entry.key] = result.count
                result.append(entry)
            }
        }
        return result
    }

    private func report(_ severity: Diagnostic.Severity, _ code: DiagnosticCode, _ message: String, at place: SourcePosition?) {
        guard diagnostics.count < 100 else { return }
        diagnostics.append(Diagnostic(severity, code, message, position: place, hint: code.hint))
    }
}

extension String {
    /// Without blanks and line ends at both ends.
    func trimmed() -> String {
        var view = self[...]
        while let first = view.first, first.isWhitespace { view = view.dropFirst() }
        while let last = view.last, last.isWhitespace { view = view.dropLast() }
        return String(view)
    }
}
