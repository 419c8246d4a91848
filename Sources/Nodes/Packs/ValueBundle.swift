public import Digests
public import WorkflowEngine

/// Several named values that travel along one edge: what packs call a pipe or a context.
public struct ValueBundle: WorkflowValue {
    /// Sorted by name; values that hold nothing aren't in it.
    private(set) var entries: [(name: String, value: any WorkflowValue)] = []
    public let typeName: String

    /// What packs call their bundles.
    static let types: Set<String> = ["RGTHREE_CONTEXT", "BASIC_PIPE"]

    init(type: String) { typeName = type }

    subscript(name: String) -> (any WorkflowValue)? {
        get { entries.first { $0.name == name }?.value }
        set {
            entries.removeAll { $0.name == name }
            guard let newValue, !(newValue is AbsentValue) else { return }
            let place = entries.firstIndex { $0.name > name } ?? entries.count
            entries.insert((name, newValue), at: place)
        }
    }

    var isEmpty: Bool { entries.isEmpty }

    public var byteCount: Int { entries.reduce(0) { $0 + $1.value.byteCount } }

    public func feed(into digest: inout DigestBuilder) throws {
        digest.add(entries.count)
        for (name, value) in entries {
            digest.add(name)
            digest.add(value.typeName)
            try value.feed(into: &digest)
        }
    }

    /// The values of these names, one output each.
    func outputs(_ names: [String]) -> [NodeOutput] {
        names.map { name in self[name].map { .value($0) } ?? .absent }
    }
}
