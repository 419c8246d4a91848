public import Tensors

/// What the parts of a run remember from call to call, by name: everything but the latent that a prediction depends on.
public struct RunMemory: Sendable {
    public var tensors: [String: Tensor]

    public init(tensors: [String: Tensor] = [:]) { self.tensors = tensors }

    subscript(tensor name: String) -> Tensor? {
        get { tensors[name] }
        set { tensors[name] = newValue }
    }

    /// A number is kept as a tensor of one element, with all its bits.
    subscript(number name: String) -> Float? {
        get { tensors[name].flatMap { $0.count == 1 ? $0.scalar : nil } }
        set { tensors[name] = newValue.map { Tensor([$0]) } }
    }

    /// The memory of a part, whose names lie below `name/`.
    subscript(part name: String) -> RunMemory {
        get {
            let prefix = name + "/"
            let own = tensors.filter { $0.key.hasPrefix(prefix) }
            return RunMemory(tensors: Dictionary(own.map { (String($0.key.dropFirst(prefix.count)), $0.value) }) { $1 })
        }
        set { for (key, tensor) in newValue.tensors { tensors[name + "/" + key] = tensor } }
    }
}

/// A part of a run whose answers depend on the calls before: a walk that is answered from a tape must get its memory back
/// before it goes on by itself.
protocol Remembering: AnyObject {
    /// All of the state that lasts from one prediction to the next. Setting it forgets what was there; what isn't among the new
    /// memory is as at the start of a run.
    var memory: RunMemory { get set }
}

/// The remembering parts of a run, in a fixed order.
struct RunMemories {
    var parts: [(name: String, part: any Remembering)] = []

    mutating func add(_ name: String, _ part: (any Remembering)?) {
        if let part { parts.append((name, part)) }
    }

    var memory: RunMemory {
        var memory = RunMemory()
        for (name, part) in parts { memory[part: name] = part.memory }
        return memory
    }

    func restore(_ memory: RunMemory) {
        for (name, part) in parts { part.memory = memory[part: name] }
    }
}
