internal import Digests

/// A record on a shelf: a magic word, the length, the time, then the record with its checksum.
///
/// Finding the records of a shelf reads frames and keys only; checksums are checked when a record is wanted.
struct RecordFrame {
    var key: Digest
    /// The sealed record.
    var range: Range<Int>
    /// Seconds since 1970.
    var written: Int

    private static let magic: StaticString = "DKRF"
    private static let headerSize = 16
    /// The record's own magic word, its key and its checksum.
    private static let smallestRecord = ResultRecord.magic.utf8CodeUnitCount + 64
    private static let largestRecord = 64 << 20

    /// Adds a frame to `bytes`; says where the record is in them.
    static func append(_ record: [UInt8], written: Int, to bytes: inout [UInt8]) -> Range<Int> {
        magic.withUTF8Buffer { bytes += $0 }
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: record.count).littleEndian) { bytes += $0 }
        withUnsafeBytes(of: Int64(written).littleEndian) { bytes += $0 }
        let start = bytes.count
        bytes += record
        return start..<bytes.count
    }

    /// Finds the frames in some bytes of a shelf.
    ///
    /// - Returns: the frames; how many places hold something else; and where to go on when there is more: after the last
    ///   whole frame, or at the start of one that isn't there to its end yet.
    static func scan(_ bytes: [UInt8]) -> (frames: [RecordFrame], damaged: Int, end: Int) {
        bytes.withUnsafeBytes { scan($0) }
    }

    private static func scan(_ bytes: UnsafeRawBufferPointer) -> (frames: [RecordFrame], damaged: Int, end: Int) {
        var frames: [RecordFrame] = []
        var damaged = 0, offset = 0
        while offset < bytes.count {
            switch frame(bytes, at: offset) {
            case .whole(let frame):
                frames.append(frame)
                offset = frame.range.upperBound
            case .cut: return (frames, damaged, offset)
            case .damaged:
                damaged += 1
                guard let next = (offset + 1..<bytes.count).first(where: { isStart(bytes, at: $0) }) else {
                    return (frames, damaged, bytes.count)
                }
                offset = next
            }
        }
        return (frames, damaged, offset)
    }

    private enum Finding {
        case whole(RecordFrame)
        /// The bytes end before the frame does.
        case cut
        case damaged
    }

    private static func frame(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Finding {
        let left = bytes.count - offset
        for index in 0..<min(left, magic.utf8CodeUnitCount) where bytes[offset + index] != magic.utf8Start[index] { return .damaged }
        guard left >= headerSize else { return .cut }
        let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)))
        let written = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: Int64.self))
        guard (smallestRecord...largestRecord).contains(length) else { return .damaged }
        let start = offset + headerSize, end = start + length
        // A wrong length would hide what follows: it must end where the next frame starts.
        guard end <= bytes.count else {
            return (start..<bytes.count).contains { isStart(bytes, at: $0) } ? .damaged : .cut
        }
        guard end == bytes.count || isStart(bytes, at: end) || isCut(bytes, at: end) else { return .damaged }
        let keyStart = start + ResultRecord.magic.utf8CodeUnitCount
        guard let key = Digest(bytes: UnsafeRawBufferPointer(rebasing: bytes[keyStart..<keyStart + 32])) else { return .damaged }
        return .whole(RecordFrame(key: key, range: start..<end, written: Int(written)))
    }

    /// Whether a frame with a record in it starts here.
    private static func isStart(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        let inner = ResultRecord.magic
        guard bytes.count - offset >= headerSize + inner.utf8CodeUnitCount else { return false }
        for index in 0..<magic.utf8CodeUnitCount where bytes[offset + index] != magic.utf8Start[index] { return false }
        for index in 0..<inner.utf8CodeUnitCount where bytes[offset + headerSize + index] != inner.utf8Start[index] { return false }
        return true
    }

    /// Whether the bytes end in the beginning of a frame, too early to tell.
    private static func isCut(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        let left = bytes.count - offset
        guard left < headerSize + ResultRecord.magic.utf8CodeUnitCount else { return false }
        return (0..<min(left, magic.utf8CodeUnitCount)).allSatisfy { bytes[offset + $0] == magic.utf8Start[$0] }
    }
}
