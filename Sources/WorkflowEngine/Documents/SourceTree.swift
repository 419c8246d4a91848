/// What a YAML or JSON text says, with the place of every key and value. Types of the parsers stop here.
struct SourceTree: Sendable, Equatable {
    var content: Content
    var position: SourcePosition

    indirect enum Content: Sendable, Equatable {
        case null
        case boolean(Bool)
        /// As it was written, so that 64-bit seeds and the digits of a text stay exact.
        case number(String)
        case string(String)
        case sequence([SourceTree])
        case mapping([Entry])
    }

    struct Entry: Sendable, Equatable {
        var key: String
        var keyPosition: SourcePosition
        var value: SourceTree
    }

    /// The entries of a map, `nil` for anything else.
    var entries: [Entry]? {
        if case .mapping(let entries) = content { return entries }
        return nil
    }

    /// The elements of a list, `nil` for anything else.
    var elements: [SourceTree]? {
        if case .sequence(let elements) = content { return elements }
        return nil
    }

    /// The text of a string, `nil` for anything else.
    var string: String? {
        if case .string(let text) = content { return text }
        return nil
    }

    /// The text of any scalar as it would be read aloud; `nil` for lists, maps and null.
    var scalarText: String? {
        switch content {
        case .string(let text), .number(let text): text
        case .boolean(let value): value ? "true" : "false"
        case .null, .sequence, .mapping: nil
        }
    }

    subscript(key: String) -> SourceTree? { entries?.first { $0.key == key }?.value }

    /// What it is, for messages.
    var kind: String {
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

/// What a reader accepts. Real workflows stay far below; beyond is an accident or an attack.
struct ReaderLimits: Sendable {
    /// Bytes of a text. The largest saved workflows seen have a few MB.
    var bytes = 32 << 20
    /// Levels of nesting.
    var depth = 64
    /// Keys, values, lists and maps together.
    var values = 3_000_000
    /// Values that aliases add when they are followed.
    var aliasedValues = 100_000
}
