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

    /// - Throws: `FileProblem`, and `Damage` for an array that isn't as long as it says.
    func write(to writer: AtomicFile) throws {
        var layout = SafetensorsLayout(metadata: try metadata())
        for tensor in value.tensors {
            guard tensor.dtype.byteCount(of: tensor.shape) == tensor.byteCount else {
                throw Damage(
                    description: "array \"\(tensor.name)\" has \(tensor.byteCount) bytes for \(tensor.shape) of \(tensor.dtype.rawValue)")
            }
            layout.add(tensor.name, tensor.dtype, shape: tensor.shape)
        }
        try writer.write(layout.header())
        for tensor in value.tensors { try tensor.withBytes { try writer.write($0) } }
    }

    private func metadata() throws -> [(key: String, value: String)] {
        var metadata: [(key: String, value: String)] = [
            ("darkroom", Self.version), ("type", type), ("node", node), ("seconds", "\(seconds)"), ("checksum", "\(try checksum())"),
        ]
        if let digest { metadata.append(("digest", "\(digest)")) }
        for (name, text) in value.fields.sorted(by: { $0.key < $1.key }) { metadata.append(("field.\(name)", text)) }
        return metadata
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
            builder.add(tensor.dtype.rawValue)
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

    /// What a file says of itself.
    struct Description {
        var type: String
        var node: String
        var seconds: Double

        fileprivate init(_ header: SafetensorsHeader) throws(Damage) {
            guard header.metadata["darkroom"] == ContentFile.version else { throw Damage(description: "another format or version") }
            guard let type = header.metadata["type"], let node = header.metadata["node"],
                let seconds = header.metadata["seconds"].flatMap(Double.init)
            else { throw Damage(description: "incomplete metadata") }
            (self.type, self.node, self.seconds) = (type, node, seconds)
        }

        /// Reads the header of a file and nothing else of it.
        init(of file: borrowing ReadableFile) throws { try self.init(SafetensorsHeader(of: file)) }
    }

    /// Reads and checks the whole structure, and the checksum if asked to (the value's own digest is checked by whoever
    /// decodes it). The arrays share the bytes with the file.
    init(_ bytes: [UInt8], verifying: Bool) throws(Damage) {
        let header: SafetensorsHeader
        do throws(SafetensorsProblem) {
            header = try bytes.withUnsafeBufferPointer { (bytes) throws(SafetensorsProblem) in
                try SafetensorsHeader(UnsafeRawBufferPointer(bytes))
            }
        } catch { throw Damage(description: error.description) }
        let description = try Description(header)
        (type, node, seconds) = (description.type, description.node, description.seconds)
        digest = header.metadata["digest"].flatMap { Digest(hex: $0) }
        value = StoredValue()
        for (key, text) in header.metadata where key.hasPrefix("field.") { value.fields[String(key.dropFirst(6))] = text }
        let content = Content(bytes)
        value.tensors = header.entries.map { entry in
            StoredTensor(name: entry.name, dtype: entry.type, shape: entry.shape, byteCount: entry.range.count) { lend in
                try content.bytes.withUnsafeBytes { try lend(UnsafeRawBufferPointer(rebasing: $0[entry.range])) }
            }
        }
        if verifying {
            guard let expected = header.metadata["checksum"], let found = try? checksum(), "\(found)" == expected else {
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

    /// The bytes of a file, shared by the arrays in it.
    private final class Content: Sendable {
        let bytes: [UInt8]
        init(_ bytes: [UInt8]) { self.bytes = bytes }
    }
}
