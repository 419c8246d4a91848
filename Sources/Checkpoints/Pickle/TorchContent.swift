internal import Problems
import Tensors

/// A torch file taken apart: the object that its pickle describes, and where each storage lies.
struct TorchContent {
    let root: PickleValue
    let machine: PickleMachine
    /// By storage number; `nil` for one that isn't in the file.
    let ranges: [Range<Int>?]

    static let longestPickle = 64 << 20
    /// 0x1950a86a20f9469cfc6c: first object of a legacy file.
    private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    /// A zip with `<top>/data.pkl` and `<top>/data/<key>`.
    init(zip bytes: UnsafeRawBufferPointer, _ path: String) throws(CheckpointError) {
        let archive = try ZipArchive(bytes, file: path)
        guard let name = archive.names.first(where: { $0.hasSuffix("/data.pkl") || $0 == "data.pkl" }), let pickle = archive.entries[name]
        else {
            throw CheckpointError(
                .unknownFormat, file: path, reason: "the archive has no data.pkl",
                hint: "this is a zip file, but none that torch.save wrote")
        }
        let top = String(name.dropLast("data.pkl".count))
        if archive.entries[top + "constants.pkl"] != nil {
            throw CheckpointError(
                .unsupported, file: path, reason: "this is a TorchScript program", hint: "save the model's state_dict instead")
        }
        if let order = archive.entries[top + "byteorder"], bytes[order].elementsEqual("big".utf8) {
            throw CheckpointError(.unsupported, file: path, reason: "its numbers are big-endian")
        }
        guard pickle.count <= Self.longestPickle else {
            throw CheckpointError(
                .tooLarge, file: path, reason: "its pickle has \(pickle.count) bytes, at most \(Self.longestPickle) are read")
        }
        let part = UnsafeRawBufferPointer(rebasing: bytes[..<pickle.upperBound])
        var machine = PickleMachine(ByteCursor(part, at: pickle.lowerBound, file: path, what: "pickle"))
        root = try machine.run()
        self.machine = machine
        var ranges: [Range<Int>?] = []
        for storage in machine.storages {
            guard let range = archive.entries["\(top)data/\(storage.key)"] else {
                ranges.append(nil)
                continue
            }
            guard let needed = (storage.dtype ?? .uint8).checkedByteCount(shape: [storage.count]), needed <= range.count else {
                throw CheckpointError(
                    .sizeMismatch, file: path, offset: UInt64(range.lowerBound),
                    reason: "storage \(storage.key.excerpt) claims \(storage.count) elements, the archive has \(range.count) bytes of it")
            }
            ranges.append(range.lowerBound..<range.lowerBound + needed)
        }
        self.ranges = ranges
    }

    /// Pickles one after the other: magic number, version, system, object, list of storage keys; then the storages in that order,
    /// each a count and its elements.
    init(legacy bytes: UnsafeRawBufferPointer, _ path: String) throws(CheckpointError) {
        var cursor = ByteCursor(bytes, file: path, what: "pickle")
        func next() throws(CheckpointError) -> (PickleValue, PickleMachine) {
            var machine = PickleMachine(cursor)
            let value = try machine.run()
            cursor = machine.cursor
            return (value, machine)
        }
        guard case (.bigInt(Self.magic), _) = try next() else {
            throw CheckpointError(
                .unknownFormat, file: path, offset: 0, reason: "this is a pickle, but none that torch.save wrote",
                hint: "only files of named tensors are read")
        }
        guard case (.int(1001), _) = try next() else {
            throw CheckpointError(.unsupported, file: path, reason: "the version of this torch file is unknown")
        }
        let (system, description) = try next()
        try Self.checkSystem(system, description, path)
        (root, machine) = try next()
        guard case (.list(let number), let keys) = try next() else {
            throw CheckpointError(.badPickle, file: path, offset: UInt64(cursor.position), reason: "the list of storages is missing")
        }
        ranges = try Self.storages(keys.lists[number], machine, &cursor, path)
    }

    private static func checkSystem(_ value: PickleValue, _ machine: PickleMachine, _ path: String) throws(CheckpointError) {
        guard case .dict(let number) = value else { return }
        for (key, value) in machine.dicts[number] {
            if case .text("little_endian") = key, case .bool(false) = value {
                throw CheckpointError(.unsupported, file: path, reason: "its numbers are big-endian")
            }
        }
    }

    private static func storages(
        _ keys: [PickleValue], _ machine: PickleMachine, _ cursor: inout ByteCursor, _ path: String
    ) throws(CheckpointError) -> [Range<Int>?] {
        // Element size of each stored root; a view names its root and says nothing else about it.
        var sizes: [String: Int] = [:]
        for storage in machine.storages {
            let key = storage.view?.root ?? storage.key
            let size = (storage.dtype ?? .uint8).size
            if let other = sizes.updateValue(size, forKey: key), other != size {
                throw CheckpointError(.badPickle, file: path, reason: "storage \(key.excerpt) has two types")
            }
        }
        var roots: [String: Range<Int>] = [:]
        for value in keys {
            guard case .text(let key) = value, roots[key] == nil else {
                throw CheckpointError(.badPickle, file: path, reason: "the list of storages has a key twice or one that is no text")
            }
            guard let size = sizes[key] else {
                throw CheckpointError(.badPickle, file: path, reason: "storage \(key.excerpt) belongs to no tensor: its size is unknown")
            }
            let start = cursor.position
            let count = try cursor.number(Int64.self)
            guard let length = DType.uint8.checkedByteCount(shape: [Int(count), size]) else {
                throw CheckpointError(
                    .badShape, file: path, offset: UInt64(start), reason: "storage \(key.excerpt) claims \(count) elements")
            }
            roots[key] = try cursor.take(length)
        }
        var ranges: [Range<Int>?] = []
        for storage in machine.storages {
            let size = (storage.dtype ?? .uint8).size
            guard let root = roots[storage.view?.root ?? storage.key] else {
                ranges.append(nil)
                continue
            }
            let first = storage.view?.offset ?? 0
            guard first <= root.count / size, storage.count <= root.count / size - first else {
                throw CheckpointError(
                    .sizeMismatch, file: path, offset: UInt64(root.lowerBound),
                    reason: "storage \(storage.key.excerpt) wants \(storage.count) elements from \(first), there are \(root.count / size)")
            }
            ranges.append(root.lowerBound + first * size..<root.lowerBound + (first + storage.count) * size)
        }
        return ranges
    }
}
