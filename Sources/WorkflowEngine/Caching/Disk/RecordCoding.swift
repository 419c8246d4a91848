internal import Digests
internal import Workflows

// The bytes of records and histories. A changed layout gets another magic word: old files are then foreign, and dropped.

extension ResultRecord {
    static let magic: StaticString = "DKRECORD3"

    /// Whether bytes are a whole record as another version of the program wrote it: our word with another number before.
    static func isOfOlderForm(_ bytes: [UInt8]) -> Bool {
        let word = magic.withUTF8Buffer { Array($0) }
        guard bytes.count > word.count, bytes.starts(with: word.dropLast()), bytes[word.count - 1] != word[word.count - 1] else {
            return false
        }
        return BinaryReader.isSealed(bytes)
    }

    var encoded: [UInt8] {
        var writer = BinaryWriter()
        writer.digest(key)
        writer.text(type)
        writer.double(seconds)
        writer.list(outputs) { $0.list($1) { $0.stub($1) } }
        writer.list(files) { writer, written in
            writer.digest(written.place)
            writer.list(written.files) { writer, file in
                writer.text(file.path)
                writer.text(file.kind.rawValue)
                writer.integer(Int(file.size))
                writer.integer(Int(file.modified))
                writer.optional(file.content) { $0.digest($1) }
            }
        }
        writer.list(texts) { $0.text($1) }
        writer.list(warnings) { $0.text($1) }
        return writer.sealed(Self.magic)
    }

    init(encoded bytes: [UInt8]) throws(BinaryReader.Damage) {
        var reader = try BinaryReader(sealed: bytes, magic: Self.magic)
        key = try reader.digest()
        type = try reader.text()
        seconds = try reader.double()
        outputs = try reader.list { (reader) throws(BinaryReader.Damage) in
            try reader.list { (reader) throws(BinaryReader.Damage) in try reader.stub() }
        }
        files = try reader.list { (reader) throws(BinaryReader.Damage) in
            WrittenFiles(
                place: try reader.digest(),
                files: try reader.list { (reader) throws(BinaryReader.Damage) in
                    let path = try reader.text()
                    // A record may come from elsewhere; its files stay below the folders that it is read for.
                    guard let kind = OutputFile.Kind(rawValue: try reader.text()), !path.split(separator: "/").contains("..")
                    else { throw BinaryReader.Damage() }
                    let size = try reader.integer(), modified = try reader.integer()
                    let content = try reader.optional { (reader) throws(BinaryReader.Damage) in try reader.digest() }
                    return WrittenFile(path: path, kind: kind, size: Int64(size), modified: Int64(modified), content: content)
                })
        }
        texts = try reader.list { (reader) throws(BinaryReader.Damage) in try reader.text() }
        warnings = try reader.list { (reader) throws(BinaryReader.Damage) in try reader.text() }
    }
}

extension BinaryWriter {
    fileprivate mutating func stub(_ stub: ContentStub) {
        digest(stub.digest)
        text(stub.typeName)
        integer(stub.byteCount)
        optional(stub.inline) { $0.inline($1) }
    }

    private mutating func inline(_ value: ContentStub.Inline) {
        switch value {
        case .absent: byte(0)
        case .scalar(let scalar): self.scalar(scalar)
        case .blocked(let message):
            byte(7)
            optional(message) { $0.text($1) }
        }
    }

    private mutating func scalar(_ scalar: Scalar) {
        switch scalar {
        case .integer(.signed(let value)):
            byte(1)
            integer(UInt64(bitPattern: value))
        case .integer(.unsigned(let value)):
            byte(2)
            integer(value)
        case .float(let value):
            byte(3)
            double(value)
        case .boolean(let value):
            byte(4)
            byte(value ? 1 : 0)
        case .string(let value):
            byte(5)
            text(value)
        case .list(let elements):
            byte(6)
            list(elements) { $0.scalar($1) }
        }
    }
}

extension BinaryReader {
    fileprivate mutating func stub() throws(Damage) -> ContentStub {
        let digest = try digest(), typeName = try text(), byteCount = try integer()
        let inline = try optional { (reader) throws(Damage) in try reader.inline() }
        return ContentStub(digest: digest, typeName: typeName, byteCount: byteCount, inline: inline)
    }

    private mutating func inline() throws(Damage) -> ContentStub.Inline {
        switch try byte() {
        case 0: return .absent
        case 7: return .blocked(message: try optional { (reader) throws(Damage) in try reader.text() })
        case let kind: return .scalar(try scalar(kind, depth: 0))
        }
    }

    private mutating func scalar(_ kind: UInt8, depth: Int) throws(Damage) -> Scalar {
        guard depth < 16 else { throw Damage() }
        switch kind {
        case 1: return .integer(.signed(Int64(bitPattern: try unsigned())))
        case 2: return .integer(IntegerLiteral(try unsigned()))
        case 3: return .float(try double())
        case 4: return .boolean(try byte() != 0)
        case 5: return .string(try text())
        case 6:
            return .list(
                try list { (reader) throws(Damage) in
                    let kind = try reader.byte()
                    return try reader.scalar(kind, depth: depth + 1)
                })
        default: throw Damage()
        }
    }
}

extension RunHistory {
    static let magic: StaticString = "DKHISTORY1"

    var encoded: [UInt8] {
        var writer = BinaryWriter()
        writer.list(traces.sorted { $0.key < $1.key }) { writer, entry in
            let trace = entry.value
            writer.text(entry.key)
            writer.text(trace.type)
            writer.text(trace.version)
            writer.double(trace.seconds)
            writer.list(trace.inputs) { writer, input in
                writer.text(input.name)
                writer.text(input.text)
                writer.optional(input.source) { $0.text($1) }
                writer.optional(input.digest) { $0.digest($1) }
                writer.byte(input.isReplaced ? 1 : 0)
            }
            writer.list(trace.externals) { writer, external in
                writer.text(external.label)
                writer.text(external.text)
                writer.byte(external.isFile ? 1 : 0)
            }
        }
        return writer.sealed(Self.magic)
    }

    init(encoded bytes: [UInt8]) throws(BinaryReader.Damage) {
        var reader = try BinaryReader(sealed: bytes, magic: Self.magic)
        let entries = try reader.list { (reader) throws(BinaryReader.Damage) in
            let name = try reader.text()
            var trace = NodeTrace(type: try reader.text(), version: try reader.text(), inputs: [], externals: [])
            trace.seconds = try reader.double()
            trace.inputs = try reader.list { (reader) throws(BinaryReader.Damage) in
                NodeTrace.Input(
                    name: try reader.text(), text: try reader.text(),
                    source: try reader.optional { (reader) throws(BinaryReader.Damage) in try reader.text() },
                    digest: try reader.optional { (reader) throws(BinaryReader.Damage) in try reader.digest() },
                    isReplaced: try reader.byte() != 0)
            }
            trace.externals = try reader.list { (reader) throws(BinaryReader.Damage) in
                NodeTrace.External(label: try reader.text(), text: try reader.text(), isFile: try reader.byte() != 0)
            }
            return (name, trace)
        }
        traces = Dictionary(entries) { first, _ in first }
    }
}
