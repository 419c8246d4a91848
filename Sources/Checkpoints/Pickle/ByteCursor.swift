/// Reads little-endian numbers from bytes that may be anything; every read is checked.
struct ByteCursor {
    let bytes: UnsafeRawBufferPointer
    let file: String
    private(set) var position: Int
    /// What is being read, for messages.
    let what: String

    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0, file: String, what: String) {
        self.bytes = bytes
        self.file = file
        self.position = position
        self.what = what
    }

    var remaining: Int { bytes.count - position }

    func truncated(_ count: Int) -> CheckpointError {
        CheckpointError(
            .truncated, file: file, offset: UInt64(position),
            reason: "\(what): \(count) bytes wanted, \(max(remaining, 0)) are left",
            hint: "the file was probably cut short while it was downloaded")
    }

    /// The range of the next `count` bytes.
    mutating func take(_ count: Int) throws(CheckpointError) -> Range<Int> {
        guard count >= 0, position >= 0, count <= bytes.count - position else { throw truncated(count) }
        defer { position += count }
        return position..<position + count
    }

    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type) throws(CheckpointError) -> Number {
        let range = try take(MemoryLayout<Number>.size)
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: type))
    }

    mutating func byte() throws(CheckpointError) -> UInt8 {
        guard position < bytes.count else { throw truncated(1) }
        defer { position += 1 }
        return bytes[position]
    }

    /// A length that must fit into memory's addresses.
    mutating func length<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type) throws(CheckpointError) -> Int {
        let value = try number(type)
        guard let length = Int(exactly: value), length >= 0, length <= remaining else {
            throw truncated(Int(clamping: value))
        }
        return length
    }

    /// Text up to a line feed, which is consumed and not part of it.
    mutating func line(limit: Int = 4096) throws(CheckpointError) -> String {
        var end = position
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n"), end - position <= limit { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "\n") else { throw truncated(1) }
        defer { position = end + 1 }
        return text(position..<end)
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    }
}
