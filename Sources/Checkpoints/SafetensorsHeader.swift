import CYAJL
import Glibc
import Tensors

/// The header of a safetensors file, read and fully checked.
///
/// Layout: u64 little-endian header length, that many bytes of JSON, then the data. Nothing is believed before it is proved:
/// the length fits the file and a limit, shapes and types give the size of each range by checked multiplication, and the ranges
/// cover the data from its first to its last byte, each byte once. So no tensor reaches outside, none shares bytes with another,
/// and nothing hides behind the last.
struct SafetensorsHeader {
    struct Entry {
        var info: TensorInfo
        /// In the file.
        var range: Range<Int>
    }
    var entries: [String: Entry] = [:]
    var metadata: [String: String] = [:]

    /// Real headers stay below 2 MiB; trainers store megabytes of metadata.
    static let longestHeader = 64 << 20
    /// PyTorch's own models use at most 5 dimensions.
    static let highestRank = 16

    /// Whether bytes begin like such a file, whole or not: the length of a header that can be, and a brace.
    static func isLikely(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
        return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)) <= UInt64(longestHeader)
    }

    init(_ bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
        guard bytes.count >= 8 else {
            throw CheckpointError(
                .truncated, file: file, offset: 0, reason: "\(bytes.count) bytes are too few for a safetensors file")
        }
        let length = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        guard length <= UInt64(Self.longestHeader) else {
            throw CheckpointError(
                .headerTooLong, file: file, offset: 0,
                reason: "the header claims \(length) bytes, at most \(Self.longestHeader) are read",
                hint: "this is probably no safetensors file")
        }
        guard length <= UInt64(bytes.count - 8) else {
            throw CheckpointError(
                .truncated, file: file, offset: 0,
                reason: "the header claims \(length) bytes, \(bytes.count - 8) follow",
                hint: "the file was probably cut short while it was downloaded")
        }
        let start = 8 + Int(length)
        guard length >= 2, bytes[8] == UInt8(ascii: "{") else {
            throw CheckpointError(
                .headerNotJSON, file: file, offset: 8, reason: "the header doesn't begin with {",
                hint: "this is probably no safetensors file")
        }
        let reader = HeaderReader(file: file, dataStart: start, dataLength: bytes.count - start)
        try reader.read(UnsafeRawBufferPointer(rebasing: bytes[8..<start]))
        try Self.checkCoverage(reader.order, dataStart: start, end: bytes.count, file: file)
        entries = reader.entries
        metadata = reader.metadata
    }

    /// Ranges must follow one another from the first byte of the data to the last of the file.
    private static func checkCoverage(
        _ order: [(name: String, range: Range<Int>)], dataStart: Int, end: Int, file: String
    ) throws(CheckpointError) {
        // Most writers store them in order already.
        var order = order
        let inOrder = zip(order, order.dropFirst()).allSatisfy { $0.range.upperBound <= $1.range.lowerBound }
        if !inOrder { order.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) } }
        var covered = dataStart
        for (name, range) in order {
            defer { covered = range.upperBound }
            if range.lowerBound == covered { continue }
            if range.lowerBound < covered {
                throw CheckpointError(
                    .rangesOverlap, file: file, offset: UInt64(range.lowerBound), tensor: name.excerpt,
                    reason: "its range begins \(covered - range.lowerBound) bytes inside that of another tensor")
            }
            throw CheckpointError(
                .gap, file: file, offset: UInt64(covered), tensor: name.excerpt,
                reason: "\(range.lowerBound - covered) bytes before its range belong to no tensor")
        }
        if covered != end {
            throw CheckpointError(
                .trailingBytes, file: file, offset: UInt64(covered),
                reason: "\(end - covered) bytes after the last tensor belong to none")
        }
    }
}
