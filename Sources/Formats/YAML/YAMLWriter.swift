internal import CYAML

/// What is to be written as YAML, with how it should look.
public indirect enum YAMLNode: Sendable {
    /// Written plain where that reads back as the same text, else quoted; many lines as a block.
    case text(String)
    /// A number, `true`, `null`: written as it is.
    case plain(String)
    case list([YAMLNode], flow: Bool)
    case map([Entry], flow: Bool)

    public struct Entry: Sendable {
        public var key: String
        public var value: YAMLNode

        public init(_ key: String, _ value: YAMLNode) { (self.key, self.value) = (key, value) }
    }
}

/// Writes YAML with libyaml's emitter; the only file that knows how that library writes.
public struct YAMLWriter {
    /// The text of a document.
    public static func text(of root: YAMLNode) -> String {
        let buffer = Buffer()
        var emitter = yaml_emitter_t()
        guard yaml_emitter_initialize(&emitter) == 1 else { return "" }
        defer { yaml_emitter_delete(&emitter) }
        yaml_emitter_set_unicode(&emitter, 1)
        yaml_emitter_set_width(&emitter, 110)
        yaml_emitter_set_indent(&emitter, 2)
        yaml_emitter_set_output(
            &emitter,
            { context, bytes, count in
                guard let context, let bytes else { return 0 }
                Unmanaged<Buffer>.fromOpaque(context).takeUnretainedValue().bytes.append(
                    contentsOf: UnsafeBufferPointer(start: bytes, count: count))
                return 1
            }, Unmanaged.passUnretained(buffer).toOpaque())
        withExtendedLifetime(buffer) {
            var writer = YAMLWriter(emitter: &emitter)
            writer.document(root)
        }
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    private final class Buffer { var bytes: [UInt8] = [] }

    private let emitter: UnsafeMutablePointer<yaml_emitter_t>

    private init(emitter: UnsafeMutablePointer<yaml_emitter_t>) { self.emitter = emitter }

    private mutating func document(_ root: YAMLNode) {
        emit { yaml_stream_start_event_initialize($0, YAML_UTF8_ENCODING) }
        emit { yaml_document_start_event_initialize($0, nil, nil, nil, 1) }
        node(root)
        emit { yaml_document_end_event_initialize($0, 1) }
        emit { yaml_stream_end_event_initialize($0) }
        yaml_emitter_flush(emitter)
    }

    private func emit(_ initialize: (UnsafeMutablePointer<yaml_event_t>) -> Int32) {
        var event = yaml_event_t()
        // The emitter takes the event over, whether it succeeds or not.
        if initialize(&event) == 1 { yaml_emitter_emit(emitter, &event) }
    }

    private mutating func node(_ node: YAMLNode) {
        switch node {
        case .plain(let text): scalar(text, style: YAML_PLAIN_SCALAR_STYLE, plain: true)
        case .text(let text): scalar(text, style: Self.style(of: text), plain: Self.readsBack(text))
        case .list(let elements, let flow):
            let style = flow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE
            emit { yaml_sequence_start_event_initialize($0, nil, nil, 1, style) }
            for element in elements { self.node(element) }
            emit { yaml_sequence_end_event_initialize($0) }
        case .map(let entries, let flow):
            let style = flow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE
            emit { yaml_mapping_start_event_initialize($0, nil, nil, 1, style) }
            for entry in entries {
                scalar(entry.key, style: Self.style(of: entry.key), plain: Self.readsBack(entry.key))
                self.node(entry.value)
            }
            emit { yaml_mapping_end_event_initialize($0) }
        }
    }

    private func scalar(_ text: String, style: yaml_scalar_style_t, plain: Bool) {
        var text = text
        text.withUTF8 { bytes in
            emit { event in
                yaml_scalar_event_initialize(
                    event, nil, nil, UnsafeMutablePointer(mutating: bytes.baseAddress), Int32(bytes.count), plain ? 1 : 0, 1,
                    style)
            }
        }
    }

    /// Whether the unquoted text is read back as the same text and not as a number, a switch or nothing.
    private static func readsBack(_ text: String) -> Bool {
        if case .string = PlainScalar.content(of: text) { return !text.isEmpty }
        return false
    }

    private static func style(of text: String) -> yaml_scalar_style_t {
        if text.contains("\n"), !text.hasPrefix(" "), !text.contains("\t") { return YAML_LITERAL_SCALAR_STYLE }
        // `${…}` and the like are easier to read quoted than not.
        return readsBack(text) && !text.contains("${") ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE
    }
}
