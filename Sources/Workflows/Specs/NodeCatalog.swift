internal import Problems
internal import Synchronization

/// All node types by name, read from their specifications when somebody asks for them.
///
/// A program starts with hundreds of texts and needs a handful of types: nothing is parsed before it is looked up,
/// and aliases are found by a scan for one line per text. Safe to share between threads.
public final class NodeCatalog: Sendable {
    private let texts: [String: SpecText]
    /// Canonical names, sorted.
    public let types: [String]
    private let state: Mutex<State>
    /// What is known of types that aren't in the catalog: where they come from, and what to do without them.
    let hintForUnknown: @Sendable (String) -> String?
    /// Choices that specifications share, by name: `choices: {from: samplers}`.
    private let choiceLists: @Sendable (String) -> ChoiceList?

    private struct State {
        var specs: [String: NodeSpec?] = [:]
        var aliases: [String: String]?
    }

    /// A specification's text, embedded in the program or made at run time.
    private enum SpecText: Sendable {
        case embedded(StaticString)
        case made(String)

        func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
            switch self {
            case .embedded(let text): text.withUTF8Buffer(body)
            case .made(var text): text.withUTF8(body)
            }
        }

        var string: String { withBytes { String(decoding: $0, as: UTF8.self) } }
    }

    private init(
        texts: [String: SpecText], specs: [String: NodeSpec?] = [:], choices: @escaping @Sendable (String) -> ChoiceList? = { _ in nil },
        hintForUnknown: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.hintForUnknown = hintForUnknown
        self.choiceLists = choices
        self.texts = texts
        self.types = (Array(texts.keys) + specs.keys).sorted()
        self.state = Mutex(State(specs: specs))
    }

    /// - Parameters:
    ///   - texts: canonical type names, and the YAML text of each specification.
    ///   - choices: lists that specifications name instead of writing them out (`choices: {from: samplers}`); asked when such a
    ///     specification is read.
    ///   - hintForUnknown: what is known of a type that isn't there, for messages.
    public convenience init(
        _ texts: [(name: StaticString, text: StaticString)], choices: @escaping @Sendable (String) -> ChoiceList? = { _ in nil },
        hintForUnknown: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        var table: [String: SpecText] = Dictionary(minimumCapacity: texts.count)
        for (name, text) in texts { table[name.description] = .embedded(text) }
        self.init(texts: table, choices: choices, hintForUnknown: hintForUnknown)
    }

    /// - Parameters:
    ///   - texts: canonical type names, and the YAML text of each specification.
    ///   - choices: lists that specifications name.
    public convenience init(
        texts: [(name: String, text: String)], choices: @escaping @Sendable (String) -> ChoiceList? = { _ in nil }
    ) {
        var table: [String: SpecText] = Dictionary(minimumCapacity: texts.count)
        for (name, text) in texts { table[name] = .made(text) }
        self.init(texts: table, choices: choices)
    }

    /// A catalog of finished specifications.
    public convenience init(specs: [NodeSpec]) {
        self.init(texts: [:], specs: Dictionary(specs.map { ($0.type, $0) }) { first, _ in first })
    }

    /// The type called `name`, by its canonical name or an alias; `nil` if there is none, or if its text is wrong
    /// (`problems(of:)` says how).
    public func spec(_ name: String) -> NodeSpec? {
        state.withLock { state in
            if let known = state.specs[name] { return known }
            if let text = texts[name] {
                let spec = SpecReader.read(text.string, type: name, choices: choiceLists).spec
                state.specs[name] = .some(spec)
                return spec
            }
            guard let canonical = aliases(&state)[name] else { return nil }
            if let known = state.specs[canonical] { return known }
            let spec = texts[canonical].flatMap { SpecReader.read($0.string, type: canonical, choices: choiceLists).spec }
            state.specs[canonical] = .some(spec)
            return spec
        }
    }

    /// The type that a workflow of some form means by a name.
    ///
    /// Short names belong to our own form. In ComfyUI's forms a name is a node class: `Int` there is the class of some pack, never
    /// ours for PrimitiveInt.
    public func spec(_ name: String, in form: WorkflowDocument.Form) -> NodeSpec? {
        guard let spec = spec(name) else { return nil }
        return form == .yaml || spec.type == name ? spec : nil
    }

    /// What is wrong with a specification's text: empty for a good one. For tests of the specifications.
    public func problems(of type: String) -> [Diagnostic] {
        texts[type].map { SpecReader.read($0.string, type: type, choices: choiceLists).diagnostics } ?? []
    }

    /// The name somebody probably meant, canonical or alias.
    public func nearest(to name: String) -> String? {
        let aliases = state.withLock { self.aliases(&$0) }
        return NearestMatch.of(name, among: types + aliases.keys.sorted())
    }

    /// Alias to canonical name. Where two types claim an alias, the first type by name has it.
    public var aliases: [String: String] { state.withLock { aliases(&$0) } }

    private func aliases(_ state: inout State) -> [String: String] {
        if let known = state.aliases { return known }
        var table: [String: String] = [:]
        for type in types {
            var names: [String] = []
            if let text = texts[type] {
                let line = text.withBytes(Self.aliasLine)
                switch line {
                case nil: continue
                case let line? where line.hasPrefix("["): names = SpecReader.names(inline: line)
                default: names = SpecReader.read(text.string, type: type, choices: choiceLists).spec?.aliases ?? []
                }
            } else if case let spec?? = state.specs[type] {
                names = spec.aliases
            }
            for name in names where table[name] == nil { table[name] = type }
        }
        state.aliases = table
        return table
    }

    /// What follows `aliases:` at the start of a line, `nil` if there is no such line.
    private static func aliasLine(in bytes: UnsafeBufferPointer<UInt8>) -> String? {
        let key: StaticString = "aliases:"
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            if end - start >= key.utf8CodeUnitCount, bytes[start] == UInt8(ascii: "a") {
                let found = (0..<key.utf8CodeUnitCount).allSatisfy { bytes[start + $0] == key.utf8Start[$0] }
                if found {
                    return String(decoding: bytes[start + key.utf8CodeUnitCount..<end], as: UTF8.self).trimmed()
                }
            }
            start = end + 1
        }
        return nil
    }
}
