internal import Problems
internal import Checkpoints
internal import Descriptions
internal import Digests
internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// A visitor for whom a value is a tree of named fields: all are told apart by their paths, none by a digest.
protocol PathVisitor: FieldVisitor {
    /// Of the part that is looked at, with a final dot; empty at the top.
    var path: String { get set }
}

extension PathVisitor {
    func visit(_ name: String, _ value: inout any TensorSource) throws {
        try within(name) { try describe(source: &value) }
    }

    func visit<Part: Recipe>(recipe name: String, _ value: inout Part) throws {
        try within(name) { try value.describe(to: self) }
    }

    func visit<Patch>(
        patch name: String, _ value: inout Patch, _ describe: (inout Patch) throws -> Void, digest: (Patch) throws -> Digest
    ) throws {
        try within(name) { try describe(&value) }
    }

    func mark(_ mark: DigestMark) {}
    func unmarked<Result>(_ body: () throws -> Result) rethrows -> Result { try body() }

    func within(_ name: String, _ body: () throws -> Void) rethrows {
        let outer = path
        path += name + "."
        defer { path = outer }
        try body()
    }
}

/// Writes a value down: numbers and texts as fields, arrays as arrays, each under its path.
final class StoringVisitor: PathVisitor {
    private(set) var stored = StoredValue()
    var path = ""

    var isReading: Bool { false }

    private func set(_ name: String, _ text: String) { stored.fields[path + name] = text }

    func visit(_ name: String, _ value: inout Int) { set(name, "\(value)") }
    func visit(_ name: String, _ value: inout UInt64) { set(name, "\(value)") }
    func visit(_ name: String, _ value: inout Float) { set(name, "\(value)") }
    func visit(_ name: String, _ value: inout Double) { set(name, "\(value)") }
    func visit(_ name: String, _ value: inout Bool) { set(name, "\(value)") }
    func visit(_ name: String, _ value: inout String) { set(name, value) }
    func visit(_ name: String, _ value: inout Tensor) { stored.tensors.append(StoredTensor(path + name, float32: value)) }
    func visit(_ name: String, _ value: inout [Float]) { stored.tensors.append(StoredTensor(path + name, float32: Tensor(value))) }

    func count(_ name: String, _ count: Int) -> Int {
        set("\(name).count", "\(count)")
        return count
    }

    func presence(_ name: String, _ isPresent: Bool) -> Bool {
        set("\(name).present", "\(isPresent)")
        return isPresent
    }

    func open(_ file: FileReference) throws -> any TensorSource { throw CodecError("nothing is read while a value is written") }
}

/// Reads what `StoringVisitor` wrote. Nothing is trusted: what is missing or isn't a number is an error.
final class RestoringVisitor: PathVisitor {
    private let stored: StoredValue
    private let files: any FileFinder
    var path = ""
    /// More elements than any value has, fewer than a hostile file could claim.
    private static let mostElements = 100_000

    init(_ stored: StoredValue, files: any FileFinder) {
        self.stored = stored
        self.files = files
    }

    var isReading: Bool { true }

    private func number<Number: LosslessStringConvertible>(_ name: String) throws -> Number { try stored.field(path + name).number() }

    private func tensor(_ name: String) throws -> Tensor {
        guard let tensor = try stored.optional(path + name) else { throw CodecError("no \(path + name)") }
        return tensor
    }

    func visit(_ name: String, _ value: inout Int) throws { value = try number(name) }
    func visit(_ name: String, _ value: inout UInt64) throws { value = try number(name) }
    func visit(_ name: String, _ value: inout Float) throws { value = try number(name) }
    func visit(_ name: String, _ value: inout Double) throws { value = try number(name) }
    func visit(_ name: String, _ value: inout Bool) throws { value = try number(name) }
    func visit(_ name: String, _ value: inout String) throws { value = try stored.field(path + name) }
    func visit(_ name: String, _ value: inout Tensor) throws { value = try tensor(name) }

    func visit(_ name: String, _ value: inout [Float]) throws {
        let numbers = try tensor(name)
        guard numbers.rank == 1 else { throw CodecError("\(path + name): \(numbers.shape)") }
        value = numbers.floats
    }

    func count(_ name: String, _ count: Int) throws -> Int {
        let count: Int = try number("\(name).count")
        guard (0...Self.mostElements).contains(count) else { throw CodecError("\(path + name): \(count) elements") }
        return count
    }

    func presence(_ name: String, _ isPresent: Bool) throws -> Bool { try number("\(name).present") }

    func open(_ file: FileReference) throws -> any TensorSource { try files.open(file) }
}
