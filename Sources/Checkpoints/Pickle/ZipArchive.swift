internal import Problems

/// The table of contents of a zip file whose entries are stored, not compressed (as PyTorch writes them).
///
/// Read from the central directory, zip64 included. Every entry's local header is checked against it, and entries may share no
/// bytes: an archive in which one compressed kilobyte stands for a hundred files is refused before anything is looked at.
struct ZipArchive {
    /// Where each entry's content lies in the file.
    private(set) var entries: [String: Range<Int>] = [:]
    /// Names in the order of the directory.
    private(set) var names: [String] = []

    static let mostEntries = 200_000
    private static let endOfDirectory: UInt32 = 0x0605_4B50
    private static let endOfDirectory64: UInt32 = 0x0606_4B50
    private static let locator64: UInt32 = 0x0706_4B50
    private static let directoryEntry: UInt32 = 0x0201_4B50
    private static let localEntry: UInt32 = 0x0403_4B50

    init(_ bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
        let directory = try Self.directory(bytes, file)
        var cursor = ByteCursor(bytes, at: directory.start, file: file, what: "zip directory")
        guard directory.count <= Self.mostEntries else {
            throw CheckpointError(
                .tooLarge, file: file, reason: "\(directory.count) entries in the archive, at most \(Self.mostEntries) are read")
        }
        var occupied: [(range: Range<Int>, name: String)] = []
        for _ in 0..<directory.count {
            let entry = try Self.entry(&cursor, file)
            try Self.checkName(entry.name, file)
            let whole = try Self.content(of: entry, bytes, file)
            guard entries.updateValue(whole.content, forKey: entry.name) == nil else {
                throw CheckpointError(.duplicateName, file: file, reason: "the archive has \(entry.name.excerpt) twice")
            }
            names.append(entry.name)
            occupied.append((whole.header..<whole.content.upperBound, entry.name))
        }
        occupied.sort { $0.range.lowerBound < $1.range.lowerBound }
        for (one, next) in zip(occupied, occupied.dropFirst()) where next.range.lowerBound < one.range.upperBound {
            throw CheckpointError(
                .rangesOverlap, file: file, offset: UInt64(next.range.lowerBound),
                reason: "archive entries \(one.name.excerpt) and \(next.name.excerpt) share bytes")
        }
    }

    private struct Entry {
        var name: String
        var method: UInt16
        var flags: UInt16
        var size: UInt64
        var stored: UInt64
        var header: UInt64
    }

    /// Finds the central directory by the record at the file's end.
    private static func directory(_ bytes: UnsafeRawBufferPointer, _ file: String) throws(CheckpointError) -> (start: Int, count: Int) {
        // The record has 22 bytes and a comment of at most 65535.
        let earliest = max(0, bytes.count - 22 - 65_535)
        var end = bytes.count - 22
        while end >= earliest, end >= 0 {
            if bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self) == endOfDirectory.littleEndian { break }
            end -= 1
        }
        guard end >= earliest, end >= 0 else {
            throw CheckpointError(
                .truncated, file: file, reason: "the archive has no directory at its end",
                hint: "the file was probably cut short while it was downloaded")
        }
        var cursor = ByteCursor(bytes, at: end + 10, file: file, what: "end of zip directory")
        var count = UInt64(try cursor.number(UInt16.self))
        _ = try cursor.number(UInt32.self)
        var start = UInt64(try cursor.number(UInt32.self))
        if end >= 20, bytes.loadUnaligned(fromByteOffset: end - 20, as: UInt32.self) == locator64.littleEndian {
            var locator = ByteCursor(bytes, at: end - 12, file: file, what: "zip64 locator")
            let record = try locator.number(UInt64.self)
            guard record <= UInt64(bytes.count) else {
                throw CheckpointError(.badArchive, file: file, offset: UInt64(end - 20), reason: "the zip64 record lies outside the file")
            }
            var cursor = ByteCursor(bytes, at: Int(record), file: file, what: "zip64 directory record")
            guard try cursor.number(UInt32.self) == endOfDirectory64 else {
                throw CheckpointError(.badArchive, file: file, offset: record, reason: "there is no zip64 record where one should be")
            }
            _ = try cursor.take(28)
            count = try cursor.number(UInt64.self)
            _ = try cursor.number(UInt64.self)
            start = try cursor.number(UInt64.self)
        }
        guard start <= UInt64(bytes.count), count <= UInt64(bytes.count) / 46 else {
            throw CheckpointError(
                .badArchive, file: file, offset: UInt64(end), reason: "a directory of \(count) entries at \(start) doesn't fit the file")
        }
        return (Int(start), Int(count))
    }

    private static func entry(_ cursor: inout ByteCursor, _ file: String) throws(CheckpointError) -> Entry {
        let start = cursor.position
        guard try cursor.number(UInt32.self) == directoryEntry else {
            throw CheckpointError(.badArchive, file: file, offset: UInt64(start), reason: "there is no directory entry where one should be")
        }
        _ = try cursor.take(4)
        let flags = try cursor.number(UInt16.self)
        let method = try cursor.number(UInt16.self)
        _ = try cursor.take(8)
        var stored = UInt64(try cursor.number(UInt32.self))
        var size = UInt64(try cursor.number(UInt32.self))
        let nameLength = Int(try cursor.number(UInt16.self))
        let extraLength = Int(try cursor.number(UInt16.self))
        let commentLength = Int(try cursor.number(UInt16.self))
        _ = try cursor.take(8)
        var header = UInt64(try cursor.number(UInt32.self))
        let name = cursor.text(try cursor.take(nameLength))

        // Extra fields: u16 kind, u16 length, content. Kind 1 holds what didn't fit into 32 bits.
        let extra = try cursor.take(extraLength)
        var fields = ByteCursor(
            UnsafeRawBufferPointer(rebasing: cursor.bytes[..<extra.upperBound]), at: extra.lowerBound, file: file, what: "zip extra field")
        while fields.remaining >= 4 {
            let kind = try fields.number(UInt16.self)
            let content = try fields.take(Int(try fields.number(UInt16.self)))
            guard kind == 1 else { continue }
            var wide = ByteCursor(
                UnsafeRawBufferPointer(rebasing: cursor.bytes[..<content.upperBound]), at: content.lowerBound, file: file,
                what: "zip64 field")
            if size == 0xFFFF_FFFF { size = try wide.number(UInt64.self) }
            if stored == 0xFFFF_FFFF { stored = try wide.number(UInt64.self) }
            if header == 0xFFFF_FFFF { header = try wide.number(UInt64.self) }
        }
        _ = try cursor.take(commentLength)
        return Entry(name: name, method: method, flags: flags, size: size, stored: stored, header: header)
    }

    /// Finds the content behind the local header, which must agree with the directory.
    private static func content(
        of entry: Entry, _ bytes: UnsafeRawBufferPointer, _ file: String
    ) throws(CheckpointError) -> (header: Int, content: Range<Int>) {
        guard entry.header <= UInt64(bytes.count), entry.stored <= UInt64(bytes.count) else {
            throw CheckpointError(
                .truncated, file: file, reason: "archive entry \(entry.name.excerpt) lies outside the file",
                hint: "the file was probably cut short while it was downloaded")
        }
        guard entry.method == 0, entry.flags & 1 == 0, entry.size == entry.stored else {
            throw CheckpointError(
                .unsupported, file: file, offset: entry.header,
                reason: "archive entry \(entry.name.excerpt) is compressed or encrypted; PyTorch stores its entries plain",
                hint: "if this is a zip with a model in it, unpack it first")
        }
        let header = Int(entry.header)
        var cursor = ByteCursor(bytes, at: header, file: file, what: "zip entry \(entry.name.excerpt)")
        guard try cursor.number(UInt32.self) == localEntry else {
            throw CheckpointError(
                .badArchive, file: file, offset: entry.header,
                reason: "archive entry \(entry.name.excerpt) doesn't begin where the directory says")
        }
        _ = try cursor.take(22)
        let nameLength = Int(try cursor.number(UInt16.self))
        let extraLength = Int(try cursor.number(UInt16.self))
        guard cursor.text(try cursor.take(nameLength)) == entry.name else {
            throw CheckpointError(
                .badArchive, file: file, offset: entry.header,
                reason: "archive entry \(entry.name.excerpt) has another name in the directory")
        }
        _ = try cursor.take(extraLength)
        return (header, try cursor.take(Int(entry.stored)))
    }

    /// Nothing is unpacked here, but no honest writer makes names that leave the archive's folder.
    private static func checkName(_ name: String, _ file: String) throws(CheckpointError) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.isEmpty, !name.hasPrefix("/"), !name.contains("\\"), !name.utf8.contains(0), !parts.contains("..") else {
            throw CheckpointError(
                .forbidden, file: file, reason: "archive entry \(name.excerpt) has a name that leaves the archive",
                hint: "this file was made to attack programs that unpack it")
        }
    }
}
