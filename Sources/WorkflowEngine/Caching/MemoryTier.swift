internal import Digests

/// Values of this process by content, within a budget of bytes; the least recently used go first.
struct MemoryTier {
    private struct Entry {
        var value: any WorkflowValue
        var bytes: Int
        var use: Int
    }

    let budget: Int
    private(set) var bytes = 0
    private var entries: [Digest: Entry] = [:]
    private var clock = 0

    init(budget: Int) { self.budget = budget }

    var count: Int { entries.count }

    mutating func value(_ digest: Digest) -> (any WorkflowValue)? {
        guard entries[digest] != nil else { return nil }
        clock += 1
        entries[digest]?.use = clock
        return entries[digest]?.value
    }

    func contains(_ digest: Digest) -> Bool { entries[digest] != nil }

    mutating func insert(_ value: any WorkflowValue, digest: Digest) {
        // Every entry costs something, so that a million tiny values don't count as nothing.
        let size = value.byteCount + 256
        clock += 1
        if entries[digest] != nil {
            entries[digest]?.use = clock
            return
        }
        guard size <= budget else { return }
        entries[digest] = Entry(value: value, bytes: size, use: clock)
        bytes += size
        if bytes > budget { evict() }
    }

    mutating func removeAll() {
        entries.removeAll()
        bytes = 0
    }

    mutating func remove(_ digest: Digest) {
        if let entry = entries.removeValue(forKey: digest) { bytes -= entry.bytes }
    }

    /// Down to nine tenths of the budget, so that the sort is paid once for many insertions.
    private mutating func evict() {
        let goal = budget / 10 * 9
        for (digest, entry) in entries.sorted(by: { $0.value.use < $1.value.use }) {
            if bytes <= goal { break }
            entries[digest] = nil
            bytes -= entry.bytes
        }
    }
}
