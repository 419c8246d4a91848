internal import Digests
internal import Files
internal import Glibc

/// Makes room in a cache folder: what saves the least time for the bytes it takes goes first.
struct CacheEviction {
    let folder: CacheFolder
    let shelves: RecordShelves

    private struct Candidate {
        var kind: CacheFolder.Kind
        var name: String
        /// For a record, whose name is its shelf's.
        var key: Digest?
        var bytes: Int
        /// Seconds saved per byte, halved for every week without use.
        var worth: Double
    }

    /// Removes entries until at most nine tenths of `limit` are left, if there are more than `limit` bytes.
    ///
    /// - Returns: bytes in the folder afterwards. Another process that is at it already is left to do it.
    func keep(below limit: Int) -> Int {
        let total = totalBytes()
        guard total > limit else { return total }
        return locked { removeWorst(downTo: limit / 10 * 9).left } ?? total
    }

    /// Removes entries until at most `goal` bytes are left.
    func prune(to goal: Int) -> (removed: Int, bytes: Int) {
        let before = totalBytes()
        guard before > goal, let result = locked(waiting: true, { removeWorst(downTo: goal) }) else { return (0, 0) }
        return (result.removed, before - result.left)
    }

    func totalBytes() -> Int {
        CacheFolder.Kind.allCases.reduce(0) { $0 + folder.entries($1).reduce(0) { $0 + $1.bytes } }
    }

    /// Runs `body` while holding the folder's lock; `nil` when another process has it.
    private func locked<Result>(waiting: Bool = false, _ body: () -> Result) -> Result? {
        let lock = "\(folder.path)/lock"
        if waiting {
            guard let file = try? LockedFile(lock) else { return nil }
            return withExtendedLifetime(file, body)
        }
        guard let file = LockedFile(ifFree: lock) else { return nil }
        return withExtendedLifetime(file, body)
    }

    private func removeWorst(downTo goal: Int) -> (left: Int, removed: Int) {
        let now = Int(time(nil))
        var total = 0
        var candidates: [Candidate] = []
        for kind in CacheFolder.Kind.allCases {
            for entry in folder.entries(kind) {
                total += entry.bytes
                if kind == .records, let shelf = shelves.shelf(named: entry.name) {
                    for (key, record) in shelf.contents() {
                        let entry = CacheFolder.Entry(name: entry.name, bytes: record.length, used: record.written)
                        candidates.append(candidate(entry, kind, key: key, now: now))
                    }
                } else {
                    candidates.append(candidate(entry, kind, now: now))
                }
            }
        }
        candidates.sort { $0.worth < $1.worth }
        var removed = 0
        var fallen: [String: Set<Digest>] = [:]
        for candidate in candidates {
            if total <= goal { break }
            if let key = candidate.key {
                fallen[candidate.name, default: []].insert(key)
            } else {
                folder.remove(candidate.kind, candidate.name)
            }
            total -= candidate.bytes
            removed += 1
        }
        for (name, keys) in fallen {
            _ = try? shelves.shelf(named: name)?.rewrite { key, _ in !keys.contains(key) }
        }
        return (fallen.isEmpty ? total : totalBytes(), removed)
    }

    private func candidate(
        _ entry: CacheFolder.Entry, _ kind: CacheFolder.Kind, key: Digest? = nil, now: Int
    ) -> Candidate {
        let weeks = Double(max(0, now - entry.used)) / (7 * 86_400)
        let seconds: Double
        switch kind {
        case .contents: seconds = (try? ContentFile.Description(of: ReadableFile(folder.file(kind, entry.name))))?.seconds ?? 0
        // A record saves finding out what a whole computation gives, for a few hundred bytes.
        case .records: seconds = 1
        case .histories: seconds = 1
        case .resume: seconds = 60
        }
        let worth = (seconds + 0.001) / Double(entry.bytes + 4096) * pow(0.5, weeks)
        return Candidate(kind: kind, name: entry.name, key: key, bytes: entry.bytes, worth: worth)
    }
}
