import Tensors

/// A pickle's tensors and plain values by name: nested containers flattened, `{"a": {"b": [t]}}` to `a.b.0`.
struct PickleContents {
    private(set) var tensors: [String: Int] = [:]
    private(set) var values: [String: String] = [:]

    /// Containers may hold each other many times over or in a circle; no model does so more than a few levels deep.
    private static let deepest = 8
    private static let mostVisits = 1_000_000
    /// What training leaves in a checkpoint: not part of the model, and often larger than it.
    private static let ignored: Set<String> = ["optimizer_states", "optimizer", "lr_schedulers", "loops", "callbacks", "hyper_parameters"]

    private let machine: PickleMachine
    private var visits = 0

    /// - Parameter root: what the pickle made. A `state_dict` in it, or a dictionary that is all it holds, takes its place.
    init(_ root: PickleValue, of machine: PickleMachine) throws(CheckpointError) {
        self.machine = machine
        try visit(unwrapped(root), name: "", depth: 0)
    }

    private func unwrapped(_ root: PickleValue) -> PickleValue {
        guard case .dict(let number) = root else { return root }
        let entries = machine.dicts[number]
        if let state = entries.last(where: { key, _ in if case .text("state_dict") = key { true } else { false } }),
            case .dict = state.value
        {
            return state.value
        }
        if entries.count == 1, case .dict = entries[0].value { return entries[0].value }
        return root
    }

    private mutating func visit(_ value: PickleValue, name: String, depth: Int) throws(CheckpointError) {
        visits += 1
        guard depth <= Self.deepest, visits <= Self.mostVisits else {
            throw machine.fail(.tooLarge, "the pickle's containers hold one another too deep or too often")
        }
        switch value {
        case .tensor(let number): tensors[name] = number
        case .dict(let number):
            for (key, value) in machine.dicts[number] {
                guard let key = Self.name(key), !(depth == 0 && Self.ignored.contains(key)) else { continue }
                try visit(value, name: Self.joined(name, key), depth: depth + 1)
            }
        case .list(let number):
            for (index, value) in machine.lists[number].enumerated() {
                try visit(value, name: Self.joined(name, String(index)), depth: depth + 1)
            }
        case .tuple(let number):
            for (index, value) in machine.tuples[number].enumerated() {
                try visit(value, name: Self.joined(name, String(index)), depth: depth + 1)
            }
        case .text(let text): values[name] = text
        case .int(let number): values[name] = String(number)
        case .float(let number): values[name] = String(number)
        case .bool(let flag): values[name] = flag ? "true" : "false"
        case .none, .bigInt, .bytes, .global, .storage, .inert: break
        }
    }

    private static func name(_ key: PickleValue) -> String? {
        switch key {
        case .text(let text): text
        case .int(let number): String(number)
        default: nil
        }
    }

    private static func joined(_ name: String, _ part: String) -> String { name.isEmpty ? part : "\(name).\(part)" }
}
