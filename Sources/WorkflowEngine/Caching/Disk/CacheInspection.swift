internal import Digests
internal import Files
internal import Glibc

// What `darkroom cache` shows and does.

extension DiskCache {
    /// Counts and sizes.
    public struct Info: Sendable {
        public var folder: String
        public var limit: Int
        public var contents: Int
        public var contentBytes: Int
        public var records: Int
        public var recordBytes: Int
        public var workflows: Int
        /// States of interrupted computations.
        public var resumable: Int
        /// Contents by type name: how many, and how many bytes.
        public var types: [(type: String, count: Int, bytes: Int)]
        public var totalBytes: Int
    }

    /// A stored value.
    public struct Entry: Sendable {
        public var digest: String
        /// `LATENT`, `IMAGE`, …; "?" for a file that can't be read.
        public var type: String
        /// The node type that made it.
        public var node: String
        public var bytes: Int
        /// Seconds it took to compute.
        public var seconds: Double
        /// Seconds since it was last used.
        public var age: Int
    }

    /// What checking every file came to.
    public struct Verification: Sendable {
        public var checked: Int
        /// Files that would not have been served, and are removed now.
        public var damaged: [(path: String, reason: String)]
        /// Files that are not the cache's own; left alone.
        public var foreign: [String]
    }

    public func info() -> Info {
        let entries = list()
        var types: [String: (count: Int, bytes: Int)] = [:]
        for entry in entries {
            types[entry.type, default: (0, 0)].count += 1
            types[entry.type, default: (0, 0)].bytes += entry.bytes
        }
        let files = folder.entries(.records)
        return Info(
            folder: folder.path, limit: limit, contents: entries.count,
            contentBytes: entries.reduce(0) { $0 + $1.bytes },
            records: files.reduce(0) { $0 + (shelves.shelf(named: $1.name)?.contents().count ?? 0) },
            recordBytes: files.reduce(0) { $0 + $1.bytes }, workflows: folder.entries(.histories).count,
            resumable: folder.entries(.resume).count,
            types: types.sorted { $0.value.bytes > $1.value.bytes }.map { ($0.key, $0.value.count, $0.value.bytes) },
            totalBytes: CacheEviction(folder: folder, shelves: shelves).totalBytes())
    }

    /// All contents, the most recently used first.
    public func list() -> [Entry] {
        let now = Int(time(nil))
        return folder.entries(.contents).sorted { $0.used > $1.used }.map { entry in
            let description = try? ContentFile.Description(of: ReadableFile(folder.file(.contents, entry.name)))
            return Entry(
                digest: entry.name, type: description?.type ?? "?", node: description?.node ?? "?", bytes: entry.bytes,
                seconds: description?.seconds ?? 0, age: max(0, now - entry.used))
        }
    }

    /// Removes the least valuable entries until at most so many bytes are left.
    public func prune(to bytes: Int) -> (removed: Int, bytes: Int) {
        folder.removeStaleTemporaries()
        return CacheEviction(folder: folder, shelves: shelves).prune(to: bytes)
    }

    /// Removes everything that is the cache's own.
    public func clear() -> (removed: Int, bytes: Int) {
        var removed = 0, bytes = 0
        for kind in CacheFolder.Kind.allCases {
            for entry in folder.entries(kind) {
                removed += kind == .records ? shelves.shelf(named: entry.name)?.contents().count ?? 0 : 1
                folder.remove(kind, entry.name)
                bytes += entry.bytes
            }
        }
        folder.removeStaleTemporaries()
        return (removed, bytes)
    }

    /// Reads every file, and removes those that are damaged.
    public func verify() -> Verification {
        var result = Verification(checked: 0, damaged: [], foreign: [])
        for kind in CacheFolder.Kind.allCases {
            for entry in folder.entries(kind) {
                if kind == .records, let shelf = shelves.shelf(named: entry.name) {
                    guard let order = try? shelf.rewrite(keeping: { _, _ in true }) else { continue }
                    result.checked += order.kept + order.removed + order.damaged
                    for _ in 0..<order.damaged { result.damaged.append((shelf.path, "a record in it is damaged")) }
                    continue
                }
                guard kind == .resume || Digest(hex: entry.name) != nil else {
                    result.foreign.append(folder.file(kind, entry.name))
                    continue
                }
                guard let bytes = folder.read(kind, entry.name) else { continue }
                result.checked += 1
                if let reason = damage(of: bytes, kind, entry.name) {
                    folder.remove(kind, entry.name)
                    result.damaged.append((folder.file(kind, entry.name), reason))
                }
            }
        }
        return result
    }

    private func damage(of bytes: [UInt8], _ kind: CacheFolder.Kind, _ name: String) -> String? {
        switch kind {
        case .records: return nil
        case .histories: return (try? RunHistory(encoded: bytes)) == nil ? "the checksum is wrong" : nil
        case .contents, .resume:
            do {
                let file = try ContentFile(bytes, verifying: true)
                if kind == .contents, file.digest.map({ "\($0)" }) != name { return "it has another digest" }
                return nil
            } catch { return error.description }
        }
    }
}
