internal import Workflows

/// Settings that a program keeps as JSON: values by key, each taken once, and what nobody took.
struct JSONSettings {
    typealias Value = WorkflowDocument.Value

    private(set) var members: [Value.Member]

    static func value(_ text: String) -> Value? {
        let trimmed = text.trimmingPrefix { $0.isWhitespace || $0 == "\u{FEFF}" }
        guard let first = trimmed.first, first == "{" || first == "[" else { return nil }
        return Value(json: String(trimmed.reversed().drop { $0 == "\0" || $0.isWhitespace }.reversed()))
    }

    init?(_ text: String) { self.init(Self.value(text)) }

    init?(_ value: Value?) {
        guard case .map(let members)? = value else { return nil }
        self.members = members
    }

    /// Whether there is a value of this name.
    func has(_ key: String) -> Bool { members.contains { $0.key == key } }

    /// The first of these that has a value.
    mutating func take(_ keys: String...) -> Value? {
        for key in keys {
            if let index = members.firstIndex(where: { $0.key == key }) {
                let value = members.remove(at: index).value
                if value != .null { return value }
            }
        }
        return nil
    }

    private subscript(key: String) -> Value? { members.first { $0.key == key }?.value }

    // What isn't of the wanted kind is left where it is, so that it is named with the rest.

    mutating func text(_ keys: String...) -> String? {
        for key in keys where self[key]?.plainText != nil { return take(key)?.plainText }
        return nil
    }

    mutating func map(_ key: String) -> JSONSettings? {
        guard let map = JSONSettings(self[key]) else { return nil }
        drop(key)
        return map
    }

    mutating func list(_ key: String) -> [Value] {
        switch self[key] {
        case .list(let values)?:
            drop(key)
            return values
        case .string(let text)?:
            drop(key)
            return text.isEmpty ? [] : text.split(separator: ",").map { .string(GenerationParameters.trimmed($0)) }
        case .null?, .number?, .boolean?, .map?, .link?, nil: return []
        }
    }

    mutating func drop(_ keys: String...) { drop(Set(keys)) }

    mutating func drop(_ keys: Set<String>) { members.removeAll { keys.contains($0.key) } }

    /// What is left, as settings that nobody takes over: the builder names them.
    func rest() -> [GenerationParameters.Setting] {
        members.compactMap { member in
            member.value.saysNothing ? nil : .init(key: member.key, value: member.value.plainText ?? member.value.jsonText)
        }
    }
}

extension WorkflowDocument.Value {
    /// A scalar as text.
    var plainText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .boolean(let value): value ? "true" : "false"
        default: nil
        }
    }

    /// Whether it asks for nothing: switched off, empty, zero.
    var saysNothing: Bool {
        switch self {
        case .null: true
        case .boolean(let value): !value
        case .number(let text): Double(text) == 0
        case .string(let text): ["", "none", "false", "0", "default", "automatic"].contains(text.lowercased())
        case .list(let values): values.allSatisfy(\.saysNothing)
        case .map(let members): members.allSatisfy { $0.value.saysNothing }
        case .link: true
        }
    }

    /// Lists and maps as short JSON, for messages.
    var jsonText: String {
        switch self {
        case .list(let values): "[" + values.map(\.jsonText).joined(separator: ", ") + "]"
        case .map(let members): "{" + members.map { "\($0.key): \($0.value.jsonText)" }.joined(separator: ", ") + "}"
        default: plainText ?? "null"
        }
    }
}
