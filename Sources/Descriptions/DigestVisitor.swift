internal import Checkpoints
internal import Digests
internal import Tensors

/// Collects what tells a value from others, for a digest.
final class DigestVisitor: FieldVisitor {
    private enum Item {
        case whole(Int), unsigned(UInt64), single(Float), double(Double), flag(Bool), text(String), digest(Digest), tensor(Tensor), none
    }

    private var items: [Item] = []
    /// How many `unmarked` bodies are being looked at.
    private var unmarkedDepth = 0

    var isReading: Bool { false }

    private func add(_ item: Item) {
        if unmarkedDepth == 0 { items.append(item) }
    }

    func feed(into digest: inout DigestBuilder) {
        for item in items {
            switch item {
            case .whole(let value): digest.add(value)
            case .unsigned(let value): digest.add(value)
            case .single(let value): digest.add(value)
            case .double(let value): digest.add(value)
            case .flag(let value): digest.add(value)
            case .text(let value): digest.add(value)
            case .digest(let value): digest.add(value)
            case .tensor(let value): digest.add(value)
            case .none: digest.addNone()
            }
        }
    }

    func visit(_ name: String, _ value: inout Int) { add(.whole(value)) }
    func visit(_ name: String, _ value: inout UInt64) { add(.unsigned(value)) }
    func visit(_ name: String, _ value: inout Float) { add(.single(value)) }
    func visit(_ name: String, _ value: inout Double) { add(.double(value)) }
    func visit(_ name: String, _ value: inout Bool) { add(.flag(value)) }
    func visit(_ name: String, _ value: inout String) { add(.text(value)) }
    func visit(_ name: String, _ value: inout Tensor) { add(.tensor(value)) }

    func visit(_ name: String, _ value: inout [Float]) {
        add(.whole(value.count))
        for number in value { add(.single(number)) }
    }

    func visit(_ name: String, _ value: inout any TensorSource) throws {
        if unmarkedDepth == 0 { add(.digest(try value.contentDigest())) }
    }

    func visit<Part: Recipe>(recipe name: String, _ value: inout Part) throws {
        if unmarkedDepth == 0 { add(.digest(try value.digest())) }
    }

    func visit<Patch>(
        patch name: String, _ value: inout Patch, _ describe: (inout Patch) throws -> Void, digest: (Patch) throws -> Digest
    ) throws {
        if unmarkedDepth == 0 { add(.digest(try digest(value))) }
    }

    func count(_ name: String, _ count: Int) -> Int {
        add(.whole(count))
        return count
    }

    func presence(_ name: String, _ isPresent: Bool) -> Bool {
        if !isPresent { add(.none) }
        return isPresent
    }

    func mark(_ mark: DigestMark) {
        switch mark {
        case .text(let value): add(.text(value))
        case .whole(let value): add(.whole(value))
        case .single(let value): add(.single(value))
        case .double(let value): add(.double(value))
        case .none: add(.none)
        }
    }

    func unmarked<Result>(_ body: () throws -> Result) rethrows -> Result {
        unmarkedDepth += 1
        defer { unmarkedDepth -= 1 }
        return try body()
    }

    func within(_ name: String, _ body: () throws -> Void) rethrows { try body() }
    func open(_ file: FileReference) throws -> any TensorSource { NoSource() }
}

extension DigestBuilder {
    /// A tensor, bit by bit.
    mutating func add(_ tensor: Tensor) {
        add(tensor.dtype.rawValue)
        add(tensor.shape.count)
        for size in tensor.shape { add(size) }
        tensor.withBytes { add(bytes: $0) }
    }
}

/// Counts the bytes of tensors.
final class ByteVisitor: FieldVisitor {
    private(set) var count = 0

    var isReading: Bool { false }
    func visit(_ name: String, _ value: inout Int) {}
    func visit(_ name: String, _ value: inout UInt64) {}
    func visit(_ name: String, _ value: inout Float) {}
    func visit(_ name: String, _ value: inout Double) {}
    func visit(_ name: String, _ value: inout Bool) {}
    func visit(_ name: String, _ value: inout String) {}
    func visit(_ name: String, _ value: inout Tensor) { count += value.byteCount }
    func visit(_ name: String, _ value: inout [Float]) { count += value.count * 4 }
    func visit(_ name: String, _ value: inout any TensorSource) {}
    func visit<Part: Recipe>(recipe name: String, _ value: inout Part) {}
    func visit<Patch>(
        patch name: String, _ value: inout Patch, _ describe: (inout Patch) throws -> Void, digest: (Patch) throws -> Digest
    ) {}
    func count(_ name: String, _ count: Int) -> Int { count }
    func presence(_ name: String, _ isPresent: Bool) -> Bool { isPresent }
    func mark(_ mark: DigestMark) {}
    func unmarked<Result>(_ body: () throws -> Result) rethrows -> Result { try body() }
    func within(_ name: String, _ body: () throws -> Void) rethrows { try body() }
    func open(_ file: FileReference) throws -> any TensorSource { NoSource() }
}
