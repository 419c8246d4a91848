public import Files
internal import Problems

/// The header of a safetensors file, read and fully checked.
///
/// Layout: u64 little-endian header length, that many bytes of JSON, then the data. Nothing is believed before it is proved:
/// the length fits the file and a limit, shapes and types give the size of each range by checked multiplication, and the ranges
/// cover the data from its first to its last byte, each byte once. So no tensor reaches outside, none shares bytes with another,
/// and nothing hides behind the last. No memory is taken by a number from the file.
public struct SafetensorsHeader: Sendable {
    /// One tensor: its bytes are row-major and little-endian.
    public struct Entry: Sendable, Equatable {
        public var name: String
        public var type: SafetensorsType
        public var shape: [Int]
        /// In the file; as long as shape and type need.
        public var range: Range<Int>
    }

    /// In the order of the header; each name once.
    public var entries: [Entry]
    /// Free text beside the tensors (`__metadata__`).
    public var metadata: [String: String]

    /// Real headers stay below 2 MiB; trainers store megabytes of metadata.
    public static let longestHeader = 64 << 20
    /// PyTorch's own models use at most 5 dimensions.
    public static let highestRank = 16

    /// Whether bytes begin like such a file, whole or not: the length of a header that can be, and a brace.
    public static func isLikely(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
        return headerLength(bytes) <= UInt64(longestHeader)
    }

    /// Reads the header of a whole file.
    ///
    /// - Throws: `SafetensorsProblem`.
    public init(_ file: UnsafeRawBufferPointer) throws(SafetensorsProblem) {
        try self.init(beginning: file, fileSize: file.count)
    }

    /// Reads the header of a file and nothing else of it.
    ///
    /// - Throws: `FileProblem` or `SafetensorsProblem`.
    public init(of file: borrowing ReadableFile) throws {
        let size = file.identity.size
        let start = try file.bytes(count: 8)
        let length = try start.withUnsafeBytes { bytes throws(SafetensorsProblem) in try Self.checkedLength(bytes, fileSize: size) }
        let beginning = try file.bytes(count: 8 + length)
        self = try beginning.withUnsafeBytes { bytes throws(SafetensorsProblem) in
            try SafetensorsHeader(beginning: bytes, fileSize: size)
        }
    }

    /// - Parameters:
    ///   - bytes: the file's beginning, at least to the end of the header.
    ///   - fileSize: of the whole file.
    init(beginning bytes: UnsafeRawBufferPointer, fileSize: Int) throws(SafetensorsProblem) {
        let length = try Self.checkedLength(bytes, fileSize: fileSize)
        let start = 8 + length
        guard bytes.count >= start else { throw Self.truncated(UInt64(length), bytes.count - 8) }
        guard length >= 2, bytes[8] == UInt8(ascii: "{") else {
            throw SafetensorsProblem(
                .notJSON, offset: 8, reason: "the header doesn't begin with {", hint: "this is probably no safetensors file")
        }
        let reader = SafetensorsHeaderReader(dataStart: start, dataLength: fileSize - start)
        try reader.read(UnsafeRawBufferPointer(rebasing: bytes[8..<start]).bindMemory(to: UInt8.self))
        try Self.checkCoverage(reader.entries, dataStart: start, end: fileSize)
        (entries, metadata) = (reader.entries, reader.metadata)
    }

    private static func headerLength(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    }

    private static func checkedLength(_ bytes: UnsafeRawBufferPointer, fileSize: Int) throws(SafetensorsProblem) -> Int {
        guard bytes.count >= 8, fileSize >= 8 else {
            throw SafetensorsProblem(.truncated, offset: 0, reason: "\(bytes.count) bytes are too few for a safetensors file")
        }
        let length = headerLength(bytes)
        guard length <= UInt64(longestHeader) else {
            throw SafetensorsProblem(
                .headerTooLong, offset: 0, reason: "the header claims \(length) bytes, at most \(longestHeader) are read",
                hint: "this is probably no safetensors file")
        }
        guard length <= UInt64(fileSize - 8) else { throw truncated(length, fileSize - 8) }
        return Int(length)
    }

    private static func truncated(_ length: UInt64, _ rest: Int) -> SafetensorsProblem {
        SafetensorsProblem(
            .truncated, offset: 0, reason: "the header claims \(length) bytes, \(rest) follow",
            hint: "the file was probably cut short while it was downloaded")
    }

    /// Ranges must follow one another from the first byte of the data to the last of the file.
    private static func checkCoverage(_ entries: [Entry], dataStart: Int, end: Int) throws(SafetensorsProblem) {
        // Most writers store them in order already.
        var order = entries
        let inOrder = zip(order, order.dropFirst()).allSatisfy { $0.range.upperBound <= $1.range.lowerBound }
        if !inOrder { order.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) } }
        var covered = dataStart
        for entry in order {
            defer { covered = entry.range.upperBound }
            if entry.range.lowerBound == covered { continue }
            if entry.range.lowerBound < covered {
                throw SafetensorsProblem(
                    .rangesOverlap, offset: entry.range.lowerBound, tensor: entry.name.excerpt,
                    reason: "its range begins \(covered - entry.range.lowerBound) bytes inside that of another tensor")
            }
            throw SafetensorsProblem(
                .gap, offset: covered, tensor: entry.name.excerpt,
                reason: "\(entry.range.lowerBound - covered) bytes before its range belong to no tensor")
        }
        if covered != end {
            throw SafetensorsProblem(
                .trailingBytes, offset: covered, reason: "\(end - covered) bytes after the last tensor belong to none")
        }
    }
}
