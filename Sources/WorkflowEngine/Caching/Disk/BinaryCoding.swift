internal import Digests

/// Writes small structures as bytes: little-endian, lengths before contents.
struct BinaryWriter {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func integer(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func integer(_ value: Int) { integer(UInt64(bitPattern: Int64(value))) }
    mutating func double(_ value: Double) { integer(value.bitPattern) }

    mutating func text(_ value: String) {
        integer(value.utf8.count)
        bytes.append(contentsOf: value.utf8)
    }

    mutating func digest(_ value: Digest) { bytes.append(contentsOf: value.bytes) }

    mutating func optional<Value>(_ value: Value?, _ write: (inout BinaryWriter, Value) -> Void) {
        byte(value == nil ? 0 : 1)
        if let value { write(&self, value) }
    }

    mutating func list<Value>(_ values: some Collection<Value>, _ write: (inout BinaryWriter, Value) -> Void) {
        integer(values.count)
        for value in values { write(&self, value) }
    }

    /// The bytes with a magic word before and their checksum behind.
    consuming func sealed(_ magic: StaticString) -> [UInt8] {
        var result: [UInt8] = magic.withUTF8Buffer { Array($0) }
        result += bytes
        result += result.withUnsafeBytes { Digest.of($0) }.bytes
        return result
    }
}

/// Reads what `BinaryWriter` wrote. Trusts nothing: every length is checked against what is really left.
struct BinaryReader {
    /// The bytes aren't what they should be.
    struct Damage: Error {}

    private let bytes: [UInt8]
    private var offset: Int
    private let end: Int

    /// - Throws: `Damage` when the magic word or the checksum is wrong.
    init(sealed bytes: [UInt8], magic: StaticString) throws(Damage) {
        let start = magic.utf8CodeUnitCount
        guard bytes.count >= start + 32 else { throw Damage() }
        for index in 0..<start where bytes[index] != magic.utf8Start[index] { throw Damage() }
        end = bytes.count - 32
        let found = bytes.withUnsafeBytes { [end] in Digest.of(UnsafeRawBufferPointer(rebasing: $0[..<end])) }
        guard Digest(bytes: bytes[end...]) == found else { throw Damage() }
        self.bytes = bytes
        offset = start
    }

    /// Whether bytes carry their own checksum, whatever word they begin with.
    static func isSealed(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 32 else { return false }
        let end = bytes.count - 32
        return Digest(bytes: bytes[end...]) == bytes.withUnsafeBytes { Digest.of(UnsafeRawBufferPointer(rebasing: $0[..<end])) }
    }

    mutating func byte() throws(Damage) -> UInt8 {
        guard offset < end else { throw Damage() }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func unsigned() throws(Damage) -> UInt64 {
        guard end - offset >= 8 else { throw Damage() }
        let value = bytes.withUnsafeBytes { [offset] in $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
        offset += 8
        return UInt64(littleEndian: value)
    }

    mutating func integer() throws(Damage) -> Int { Int(Int64(bitPattern: try unsigned())) }
    mutating func double() throws(Damage) -> Double { Double(bitPattern: try unsigned()) }

    mutating func text() throws(Damage) -> String {
        let count = try integer()
        guard count >= 0, count <= end - offset else { throw Damage() }
        defer { offset += count }
        guard let text = String(validating: bytes[offset..<offset + count], as: UTF8.self) else { throw Damage() }
        return text
    }

    mutating func digest() throws(Damage) -> Digest {
        guard end - offset >= 32, let digest = Digest(bytes: bytes[offset..<offset + 32]) else { throw Damage() }
        offset += 32
        return digest
    }

    mutating func optional<Value>(_ read: (inout BinaryReader) throws(Damage) -> Value) throws(Damage) -> Value? {
        try byte() == 0 ? nil : try read(&self)
    }

    mutating func list<Value>(_ read: (inout BinaryReader) throws(Damage) -> Value) throws(Damage) -> [Value] {
        let count = try integer()
        // Every element takes at least a byte.
        guard count >= 0, count <= end - offset else { throw Damage() }
        var values: [Value] = []
        // An element may take more here than there: only what is read takes memory.
        values.reserveCapacity(min(count, 256))
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }
}
