internal import CYAML
internal import Problems

/// Reads YAML into a `SourceTree` with libyaml's event parser; the only file that knows how it reads.
///
/// Nothing is allocated by a number from the text, nesting is followed with a stack of its own, and aliases are
/// counted as if they were written out, so nine lines of them can't become a billion values.
public struct YAMLReader {
    private let limits: ReaderLimits
    private var problems: [SourceProblem] = []
    private var open: [Frame] = []
    private var root: SourceTree?
    private var anchors: [String: (tree: SourceTree, count: Int)] = [:]
    private var openAnchors: [String] = []
    private var valueCount = 0
    private var aliasedCount = 0
    private var stopped = false

    /// A list or map whose end hasn't come yet.
    private struct Frame {
        var position: SourcePosition
        var anchor: String?
        var isMapping: Bool
        var elements: [SourceTree] = []
        var entries: [SourceTree.Entry] = []
        var pendingKey: (text: String, position: SourcePosition)?
        var valuesBefore: Int
    }

    private init(limits: ReaderLimits) { self.limits = limits }

    /// The tree of the only document in a text; none, and at least one error, when it can't be read.
    ///
    /// Duplicate keys and unknown anchors are errors that don't stop the reading, so that all are reported.
    public static func read(_ text: String, limits: ReaderLimits = ReaderLimits()) -> SourceReading {
        var reader = YAMLReader(limits: limits)
        reader.run(text)
        return SourceReading(tree: reader.stopped ? nil : reader.root, problems: reader.problems)
    }

    private mutating func run(_ text: String) {
        var text = text
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else {
            fail(.syntax, "out of memory", at: nil)
            return
        }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        text.withUTF8 { bytes in
            yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
            var documents = 0
            while !stopped {
                var event = yaml_event_t()
                guard yaml_parser_parse(&parser, &event) == 1 else {
                    reportSyntax(parser, in: bytes)
                    return
                }
                defer { yaml_event_delete(&event) }
                switch event.type {
                case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return
                case YAML_DOCUMENT_START_EVENT:
                    documents += 1
                    if documents > 1 {
                        fail(
                            .wrongShape, "a second YAML document starts here; a file holds one workflow",
                            at: position(event.start_mark))
                    }
                default: take(event)
                }
            }
        }
    }

    // MARK: Events

    private mutating func take(_ event: yaml_event_t) {
        let place = position(event.start_mark)
        switch event.type {
        case YAML_SCALAR_EVENT: takeScalar(event.data.scalar, at: place)
        case YAML_ALIAS_EVENT: takeAlias(text(event.data.alias.anchor), at: place)
        case YAML_SEQUENCE_START_EVENT:
            checkTag(event.data.sequence_start.tag, allowed: "seq", at: place)
            begin(mapping: false, anchor: event.data.sequence_start.anchor, at: place)
        case YAML_MAPPING_START_EVENT:
            checkTag(event.data.mapping_start.tag, allowed: "map", at: place)
            begin(mapping: true, anchor: event.data.mapping_start.anchor, at: place)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: end()
        default: break
        }
    }

    private mutating func takeScalar(_ scalar: yaml_event_s.__Unnamed_union_data.__Unnamed_struct_scalar, at place: SourcePosition) {
        let value = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
        var content: SourceTree.Content =
            scalar.style == YAML_PLAIN_SCALAR_STYLE
            ? PlainScalar.content(of: value) : .string(value)
        if let tag = scalar.tag.map({ text($0) }) {
            switch tag {
            case "tag:yaml.org,2002:str", "!": content = .string(value)
            case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
                content = PlainScalar.content(of: value)
            default: report(.unsupportedTag, "the tag \"\(tag)\" isn't known", at: place)
            }
        }
        // A key is its text, whatever it looks like: node 3 is "3".
        if open.last?.isMapping == true, open.last?.pendingKey == nil { content = .string(value) }
        let tree = SourceTree(content: content, position: place)
        if let anchor = scalar.anchor { anchors[text(anchor)] = (tree, 1) }
        add(tree, count: 1)
    }

    private mutating func takeAlias(_ name: String, at place: SourcePosition) {
        guard let target = anchors[name] else {
            if openAnchors.contains(name) {
                report(.unknownAnchor, "the alias *\(name)* stands inside what it names", at: place)
            } else {
                report(
                    .unknownAnchor, "no anchor &\(name) comes before this alias", at: place,
                    hint: NearestMatch.hint(for: name, among: anchors.keys.sorted(), called: "anchors"))
            }
            add(SourceTree(content: .null, position: place), count: 1)
            return
        }
        aliasedCount += target.count
        guard aliasedCount <= limits.aliasedValues else {
            fail(.tooManyAliases, "aliases stand for more than \(limits.aliasedValues) values", at: place, limit: limits.aliasedValues)
            return
        }
        var tree = target.tree
        tree.position = place
        add(tree, count: target.count)
    }

    private mutating func begin(mapping: Bool, anchor: UnsafeMutablePointer<yaml_char_t>?, at place: SourcePosition) {
        guard open.count < limits.depth else {
            fail(.tooDeep, "nested more than \(limits.depth) levels deep", at: place, limit: limits.depth)
            return
        }
        if let frame = open.last, frame.isMapping, frame.pendingKey == nil {
            fail(
                .wrongShape, "a key must be a text, not \(mapping ? "a map" : "a list")", at: place,
                hint: "text that starts with { or [ needs quotes")
            return
        }
        let name = anchor.map { text($0) }
        if let name { openAnchors.append(name) }
        open.append(Frame(position: place, anchor: name, isMapping: mapping, valuesBefore: valueCount))
    }

    private mutating func end() {
        guard let frame = open.popLast() else { return }
        let tree = SourceTree(
            content: frame.isMapping ? .mapping(merged(frame.entries)) : .sequence(frame.elements),
            position: frame.position)
        if let anchor = frame.anchor {
            anchors[anchor] = (tree, valueCount - frame.valuesBefore + 1)
            openAnchors.removeAll { $0 == anchor }
        }
        add(tree, count: 1)
    }

    /// Puts a finished value where it belongs: root, list element, key or value of a map.
    private mutating func add(_ tree: SourceTree, count: Int) {
        valueCount += count
        guard valueCount <= limits.values else {
            fail(.tooManyValues, "more than \(limits.values) values", at: tree.position, limit: limits.values)
            return
        }
        guard let last = open.indices.last else {
            root = tree
            return
        }
        if !open[last].isMapping {
            open[last].elements.append(tree)
        } else if let key = open[last].pendingKey {
            open[last].entries.append(.init(key: key.text, keyPosition: key.position, value: tree))
            open[last].pendingKey = nil
        } else {
            open[last].pendingKey = (tree.scalarText ?? "", tree.position)
        }
    }

    /// Applies `<<` merge keys and reports keys that are given twice.
    private mutating func merged(_ entries: [SourceTree.Entry]) -> [SourceTree.Entry] {
        var seen: [String: SourcePosition] = [:]
        var result: [SourceTree.Entry] = []
        var sources: [SourceTree.Entry] = []
        for entry in entries {
            if entry.key == "<<" {
                for tree in entry.value.elements ?? [entry.value] { sources += tree.entries ?? [] }
            } else if let first = seen[entry.key] {
                report(.duplicateKey, "\"\(entry.key)\" is given twice, first in line \(first.line)", at: entry.keyPosition)
            } else {
                seen[entry.key] = entry.keyPosition
                result.append(entry)
            }
        }
        for entry in sources where seen[entry.key] == nil {
            seen[entry.key] = entry.keyPosition
            result.append(entry)
        }
        return result
    }

    // MARK: Problems

    private mutating func report(
        _ kind: SourceProblem.Kind, _ reason: String, at place: SourcePosition?, hint: String? = nil, limit: Int? = nil
    ) {
        guard problems.count < SourceReading.mostProblems else { return }
        problems.append(SourceProblem(kind, reason, at: place, hint: hint, limit: limit))
    }

    private mutating func fail(
        _ kind: SourceProblem.Kind, _ reason: String, at place: SourcePosition?, hint: String? = nil, limit: Int? = nil
    ) {
        report(kind, reason, at: place, hint: hint, limit: limit)
        stopped = true
    }

    private mutating func checkTag(_ tag: UnsafeMutablePointer<yaml_char_t>?, allowed: String, at place: SourcePosition) {
        guard let tag else { return }
        let name = text(tag)
        if name != "!", name != "tag:yaml.org,2002:\(allowed)" {
            report(.unsupportedTag, "the tag \"\(name)\" isn't known", at: place)
        }
    }

    private mutating func reportSyntax(_ parser: yaml_parser_t, in bytes: UnsafeBufferPointer<UInt8>) {
        let mark = parser.problem_mark
        let problem = parser.problem.map { String(cString: $0) } ?? "unreadable YAML"
        let place = parser.error == YAML_READER_ERROR ? nil : position(mark)
        // libyaml calls a tab "a character that cannot start any token"; people want to hear "tab".
        if mark.index < bytes.count, parser.error == YAML_SCANNER_ERROR, indentationHasTab(before: mark.index, in: bytes) {
            fail(.tabIndentation, "a tab stands in the indentation; YAML wants spaces", at: place)
            return
        }
        var message = problem
        if let context = parser.context {
            message += ", \(String(cString: context))"
            if parser.context_mark.line != mark.line { message += " in line \(parser.context_mark.line + 1)" }
        }
        fail(.syntax, message, at: place, hint: "texts with : # { [ & * or quotes in them are safest in quotes")
    }

    /// Whether the blank run around a byte offset holds a tab. `index` counts characters; texts before it are
    /// mostly ASCII, and the test only has to find the line.
    private func indentationHasTab(before index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var offset = 0, characters = 0
        while offset < bytes.count, characters < index {
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            characters += 1
        }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "\t") { return true }
        while offset > 0, bytes[offset - 1] == UInt8(ascii: " ") || bytes[offset - 1] == UInt8(ascii: "\t") {
            offset -= 1
            if bytes[offset] == UInt8(ascii: "\t") { return true }
        }
        return false
    }

    private func position(_ mark: yaml_mark_t) -> SourcePosition {
        SourcePosition(line: mark.line + 1, column: mark.column + 1)
    }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>) -> String {
        String(decodingCString: pointer, as: UTF8.self)
    }
}
