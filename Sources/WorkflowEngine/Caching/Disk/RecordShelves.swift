internal import Digests

/// The records of a cache folder, on 256 shelves by the first byte of their keys.
struct RecordShelves: Sendable {
    private let shelves: [RecordShelf]

    init(folder: CacheFolder) {
        shelves = (0..<256).map { RecordShelf(folder: folder, name: Self.name($0)) }
    }

    static func name(_ number: Int) -> String { (number < 16 ? "0" : "") + String(number, radix: 16) }

    func shelf(of key: Digest) -> RecordShelf { shelves[Int(key.firstByte)] }

    /// The shelf whose file has this name, `nil` for a foreign file.
    func shelf(named name: String) -> RecordShelf? {
        guard name.utf8.count == 2, let number = Int(name, radix: 16), Self.name(number) == name else { return nil }
        return shelves[number]
    }

    /// Stores records, one write for each shelf.
    ///
    /// - Returns: bytes written.
    func append(_ records: [ResultRecord]) throws -> Int {
        if records.count == 1 { return try shelf(of: records[0].key).append([(records[0].key, records[0].encoded)]) }
        var groups = [[(key: Digest, encoded: [UInt8])]](repeating: [], count: shelves.count)
        for record in records { groups[Int(record.key.firstByte)].append((record.key, record.encoded)) }
        var bytes = 0
        for (shelf, group) in zip(shelves, groups) where !group.isEmpty { bytes += try shelf.append(group) }
        return bytes
    }

    /// Every shelf that has a file.
    func inUse(_ folder: CacheFolder) -> [RecordShelf] {
        folder.entries(.records).compactMap { shelf(named: $0.name) }
    }
}
