/// What a YAML or JSON text says, with the place of every key and value. Types of the parsers stop here.
public struct SourceTree: Sendable, Equatable {
    public var content: Content
    public var position: SourcePosition

    public init(content: Content, position: SourcePosition) {
        self.content = content
        self.position = position
    }

    public indirect enum Content: Sendable, Equatable {
        case null
        case boolean(Bool)
        /// As it was written, so that 64-bit seeds and the digits of a text stay exact.
        case number(String)
        case string(String)
        case sequence([SourceTree])
        case mapping([Entry])
    }

    public struct Entry: Sendable, Equatable {
        public var key: String
        public var keyPosition: SourcePosition
        public var value: SourceTree

        public init(key: String, keyPosition: SourcePosition, value: SourceTree) {
            self.key = key
            self.keyPosition = keyPosition
            self.value = value
        }
    }

    /// The entries of a map, `nil` for anything else.
    public var entries: [Entry]? {
        if case .mapping(let entries) = content { return entries }
        return nil
    }

    /// The elements of a list, `nil` for anything else.
    public var elements: [SourceTree]? {
        if case .sequence(let elements) = content { return elements }
        return nil
    }

    /// The text of a string, `nil` for anything else.
    public var string: String? {
        if case .string(let text) = content { return text }
        return nil
    }

    /// A number, `nil` for anything else, and for NaN and numbers that `Double` can't hold.
    public var double: Double? {
        guard case .number(let text) = content, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// A switch, `nil` for anything else.
    public var boolean: Bool? {
        if case .boolean(let value) = content { return value }
        return nil
    }

    /// The text of any scalar as it would be read aloud; `nil` for lists, maps and null.
    public var scalarText: String? {
        switch content {
        case .string(let text), .number(let text): text
        case .boolean(let value): value ? "true" : "false"
        case .null, .sequence, .mapping: nil
        }
    }

    /// The value of a key, `nil` where there is none and for what is no map.
    public subscript(key: String) -> SourceTree? { entries?.first { $0.key == key }?.value }

    /// What it is, for messages.
    public var kind: String {
        switch content {
        case .null: "nothing"
        case .boolean: "a boolean"
        case .number: "a number"
        case .string: "a text"
        case .sequence: "a list"
        case .mapping: "a map"
        }
    }
}
