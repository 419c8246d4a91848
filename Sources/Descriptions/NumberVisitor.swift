internal import Checkpoints
internal import Digests
internal import Tensors

/// A number that is none, and where in a value it is.
public struct NotANumber: Sendable, Hashable {
    /// The field, or the tensor of a file: `samples`, `lora_unet_….lora_up.weight`.
    public var place: String
    /// The file, of weights.
    public var file: String?
    /// Whether it is infinite; otherwise NaN.
    public var isInfinite: Bool

    package init(place: String, file: String?, isInfinite: Bool) {
        self.place = place
        self.file = file
        self.isInfinite = isInfinite
    }

    /// As people write it.
    public var symbol: String { isInfinite ? "infinite" : "NaN" }
}

extension Described {
    /// The first number in the tensors of this value that is NaN or infinite. Weights that it stands for aren't read.
    public func firstNotFinite() -> NotANumber? {
        let visitor = NumberVisitor(readsWeights: false)
        var copy = self
        try? copy.describe(to: visitor)
        return visitor.found
    }

    /// The first such number in the weights that this value stands for: of its files and of those that patch them. Reads all of them until
    /// one is found; for telling why a result has one.
    public func firstNotFiniteWeight() -> NotANumber? {
        let visitor = NumberVisitor(readsWeights: true)
        var copy = self
        // A file that can't be read has no number to tell of; who needs it says so.
        try? copy.describe(to: visitor)
        return visitor.found
    }
}

/// Looks for the first number that is NaN or infinite: in the tensors of a value, or in the weights behind it.
private final class NumberVisitor: FieldVisitor {
    private(set) var found: NotANumber?
    private let readsWeights: Bool
    private var path: [String] = []

    init(readsWeights: Bool) { self.readsWeights = readsWeights }

    var isReading: Bool { false }
    func visit(_ name: String, _ value: inout Int) {}
    func visit(_ name: String, _ value: inout UInt64) {}
    func visit(_ name: String, _ value: inout Float) {}
    func visit(_ name: String, _ value: inout Double) {}
    func visit(_ name: String, _ value: inout Bool) {}
    func visit(_ name: String, _ value: inout String) {}
    func visit(_ name: String, _ value: inout [Float]) {
        guard found == nil, !readsWeights, let number = value.first(where: { !$0.isFinite }) else { return }
        note(number, at: name)
    }

    func visit(_ name: String, _ value: inout Tensor) {
        guard found == nil, !readsWeights, let first = value.firstNotFinite else { return }
        note(first.value, at: name)
    }

    private func note(_ number: Float, at name: String) {
        found = NotANumber(place: (path + [name]).joined(separator: "."), file: nil, isInfinite: number.isInfinite)
    }

    func visit(_ name: String, _ value: inout any TensorSource) {
        guard found == nil, readsWeights else { return }
        for tensor in value.directory.keys.sorted() {
            guard let first = (try? value.tensor(named: tensor))?.firstNotFinite else { continue }
            found = NotANumber(place: tensor, file: value.displayName, isInfinite: first.value.isInfinite)
            return
        }
    }

    func visit<Part: Recipe>(recipe name: String, _ value: inout Part) throws {
        if readsWeights { try value.describe(to: self) }
    }

    func visit<Patch>(
        patch name: String, _ value: inout Patch, _ describe: (inout Patch) throws -> Void, digest: (Patch) throws -> Digest
    ) throws {
        if readsWeights { try describe(&value) }
    }

    func count(_ name: String, _ count: Int) -> Int { count }
    func presence(_ name: String, _ isPresent: Bool) -> Bool { isPresent }
    func mark(_ mark: DigestMark) {}
    func unmarked<Result>(_ body: () throws -> Result) rethrows -> Result { try body() }

    func within(_ name: String, _ body: () throws -> Void) rethrows {
        path.append(name)
        defer { path.removeLast() }
        try body()
    }

    func open(_ file: FileReference) throws -> any TensorSource { NoSource() }
}
