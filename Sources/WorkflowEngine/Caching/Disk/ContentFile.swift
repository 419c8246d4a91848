internal import Digests
internal import Files
internal import Formats

/// One stored value as a safetensors file that describes itself: any tool can open it, and nothing else is needed to
/// know what it is.
///
/// `__metadata__` holds `darkroom` (format version), `type`, `digest`, `node` (the type that made it), `seconds`,
/// `checksum` (over everything but itself), and the value's own fields with `field.` before their names.
struct ContentFile {
    static let version = "1"

    var type: String
    var digest: Digest?
    var node: String
    var seconds: Double
    var value: StoredValue

    /// A file that isn't what `write` makes.
    struct Damage: Error, CustomStringConvertible {
        var description: String
    }

    // MARK: Writing

    func write(to writer: AtomicFile) throws {
        let header = headerText(checksum: try checksum())
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        var length = UInt64(padded.utf8.count).littleEndian
        try writer.write(withUnsafeBytes(of: &length) { Array($0) })
        try writer.write(Array(padded.utf8))
        for tensor in value.tensors { try tensor.withBytes { try writer.write($0) } }
    }

    private func headerText(checksum: Digest) -> String {
        var metadata: [(key: String, value: String)] = [
            ("darkroom", Self.version), ("type", type), ("node", node), ("seconds", "\(seconds)"),
            ("checksum", "\(checksum)"),
        ]
        if let digest { metadata.append(("digest", "\(digest)")) }
        for (name, text) in value.fields.sorted(by: { $0.key < $1.key }) { metadata.append(("field.\(name)", text)) }
        var json = JSONText()
        json.raw("{\"__metadata__\": ")
        json.object(metadata, key: \.key) { $0.string($1.value) }
        var offset = 0
        for tensor in value.tensors {
            json.raw(", ")
            json.string(tensor.name)
            json.raw(": {\"dtype\": ")
            json.string(tensor.dtype)
            json.raw(", \"shape\": ")
            json.array(tensor.shape) { $0.raw("\($1)") }
            json.raw(", \"data_offsets\": [\(offset), \(offset + tensor.byteCount)]}")
            offset += tensor.byteCount
        }
        json.raw("}")
        return json.text
    }

    private func checksum() throws -> Digest {
        var builder = DigestBuilder()
        builder.add(type)
        builder.add(node)
        builder.add("\(seconds)")
        if let digest { builder.add(digest) } else { builder.addNone() }
        for (name, text) in value.fields.sorted(by: { $0.key < $1.key }) {
            builder.add(name)
            builder.add(text)
        }
        for tensor in value.tensors {
            builder.add(tensor.name)
            builder.add(tensor.dtype)
            for size in tensor.shape { builder.add(size) }
            // A closure can't borrow the builder, so each array is digested by itself.
            var inner: Digest?
            try tensor.withBytes { bytes in
                var builder = DigestBuilder()
                builder.add(bytes: bytes)
                inner = builder.finish()
            }
            if let inner { builder.add(inner) }
        }
        return builder.finish()
    }

    // MARK: Reading

    /// Only the description, from the beginning of a file.
    struct Description {
        var type: String
        var node: String
        var seconds: Double
    }

    /// Reads and checks the whole structure, and the checksum if asked to (the value's own digest is checked by whoever
    /// decodes it).
    init(_ bytes: [UInt8], verifying: Bool) throws(Damage) {
        let (tree, start) = try Self.header(bytes)
        guard let metadata = tree["__metadata__"]?.entries else { throw Damage(description: "no metadata") }
        func field(_ name: String) -> String? { metadata.first { $0.key == name }?.value.string }
        guard field("darkroom") == Self.version else { throw Damage(description: "another format or version") }
        guard let type = field("type"), let node = field("node"), let seconds = field("seconds").flatMap(Double.init) else {
            throw Damage(description: "incomplete metadata")
        }
        self.type = type
        self.node = node
        self.seconds = seconds
        digest = field("digest").flatMap { Digest(hex: $0) }
        value = StoredValue()
        for entry in metadata where entry.key.hasPrefix("field.") {
            value.fields[String(entry.key.dropFirst(6))] = entry.value.string ?? ""
        }
        let content = Content(bytes)
        var end = 0
        for entry in tree.entries ?? [] where entry.key != "__metadata__" {
            let tensor = try Self.tensor(entry, content: content, start: start, from: end)
            end += tensor.byteCount
            value.tensors.append(tensor)
        }
        guard start + end == bytes.count else { throw Damage(description: "\(bytes.count - start - end) bytes too many or too few") }
        if verifying {
            guard let expected = field("checksum"), let found = try? checksum(), "\(found)" == expected else {
                throw Damage(description: "the checksum is wrong")
            }
        }
    }

    init(type: String, digest: Digest?, node: String, seconds: Double, value: StoredValue) {
        self.type = type
        self.digest = digest
        self.node = node
        self.seconds = seconds
        self.value = value
    }

    /// The description of a file of which only the beginning was read.
    static func description(_ bytes: [UInt8]) -> Description? {
        guard let (tree, _) = try? header(bytes), let metadata = tree["__metadata__"] else { return nil }
        guard let type = metadata["type"]?.string, let node = metadata["node"]?.string else { return nil }
        return Description(type: type, node: node, seconds: metadata["seconds"]?.string.flatMap(Double.init) ?? 0)
    }

    private static func header(_ bytes: [UInt8]) throws(Damage) -> (tree: SourceTree, start: Int) {
        guard bytes.count >= 8 else { throw Damage(description: "too short") }
        var length: UInt64 = 0
        for index in 0..<8 { length |= UInt64(bytes[index]) << UInt64(8 * index) }
        guard length <= UInt64(bytes.count - 8) else { throw Damage(description: "the header is longer than the file") }
        let end = 8 + Int(length)
        guard let text = String(validating: bytes[8..<end], as: UTF8.self),
            let tree = JSONReader.read(text, limits: ReaderLimits(depth: 4, values: 100_000)).tree
        else { throw Damage(description: "the header isn't readable") }
        return (tree, end)
    }

    /// The bytes of a file, shared by the tensors in it.
    private final class Content: Sendable {
        let bytes: [UInt8]
        init(_ bytes: [UInt8]) { self.bytes = bytes }
    }

    private static func tensor(
        _ entry: SourceTree.Entry, content: Content, start: Int, from expected: Int
    ) throws(Damage) -> StoredTensor {
        func integers(_ tree: SourceTree?) -> [Int]? {
            guard let elements = tree?.elements else { return nil }
            var values: [Int] = []
            for element in elements {
                guard case .number(let text) = element.content, let value = Int(text), value >= 0 else { return nil }
                values.append(value)
            }
            return values
        }
        guard let dtype = entry.value["dtype"]?.string, let shape = integers(entry.value["shape"]),
            let offsets = integers(entry.value["data_offsets"]), offsets.count == 2, offsets[0] == expected,
            offsets[1] >= offsets[0], offsets[1] <= content.bytes.count - start
        else { throw Damage(description: "array \"\(entry.key)\" is not where it should be") }
        let range = start + offsets[0]..<start + offsets[1]
        return StoredTensor(name: entry.key, dtype: dtype, shape: shape, byteCount: range.count) { lend in
            try content.bytes.withUnsafeBytes { try lend(UnsafeRawBufferPointer(rebasing: $0[range])) }
        }
    }
}
