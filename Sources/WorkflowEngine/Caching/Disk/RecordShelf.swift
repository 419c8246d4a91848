internal import Digests
internal import Files
internal import Glibc
internal import Synchronization

/// All records whose keys begin with the same byte, in one file that only grows at its end.
///
/// A file for each record would cost more than most nodes do; a shelf takes many records with one write. Of a key that is
/// there twice, the later record counts. Every record stands in a frame and carries its own checksum, so that whatever
/// was cut or damaged costs the records it hit and no others.
///
/// Whoever changes the file holds a lock on it. Readers hold none: nothing that is there is ever written over, and a
/// shelf that is put in order is another file under the same name.
final class RecordShelf: Sendable {
    private let folder: CacheFolder
    /// Two hexadecimal digits.
    let name: String
    private let state = Mutex(State())

    private struct State {
        var entries: [Digest: Entry] = [:]
        /// The file that `entries` speaks of, 0 before the first look.
        var inode: UInt64 = 0
        /// Everything before this is in `entries`.
        var end = 0
        var isDamaged = false
    }

    /// Why something on a shelf is of no use.
    enum Loss { case damage, olderForm }

    /// Where a record is.
    struct Entry: Sendable {
        var offset: Int
        var length: Int
        /// Seconds since 1970.
        var written: Int
    }

    init(folder: CacheFolder, name: String) {
        self.folder = folder
        self.name = name
    }

    var path: String { folder.file(.records, name) }

    // MARK: Reading

    /// What is known of a key, by whichever process.
    ///
    /// - Parameter lost: called when something on the shelf couldn't be read, and was removed.
    func record(_ key: Digest, lost: (Loss) -> Void) -> ResultRecord? {
        let found = state.withLock { state -> (record: ResultRecord?, loss: Loss?) in
            refresh(&state)
            guard state.entries[key] != nil || state.isDamaged else { return (nil, nil) }
            if let record = read(key, state) { return (record, nil) }
            // Another process may have put the shelf in order since.
            rescan(&state)
            let record = read(key, state)
            if state.isDamaged { return (record, .damage) }
            guard record == nil, state.entries[key] != nil else { return (record, nil) }
            return (nil, bytes(of: key, state).map(ResultRecord.isOfOlderForm) == true ? .olderForm : .damage)
        }
        if let loss = found.loss {
            lost(loss)
            _ = try? rewrite { _, _ in true }
        }
        return found.record
    }

    private func bytes(of key: Digest, _ state: State) -> [UInt8]? {
        guard let entry = state.entries[key], let file = try? ReadableFile(path) else { return nil }
        return try? file.bytes(at: entry.offset, count: entry.length)
    }

    private func read(_ key: Digest, _ state: State) -> ResultRecord? {
        guard let bytes = bytes(of: key, state) else { return nil }
        guard let record = try? ResultRecord(encoded: bytes), record.key == key else { return nil }
        return record
    }

    /// Takes in what was added since the last look.
    private func refresh(_ state: inout State) {
        guard let now = FileIdentity(path: path) else {
            state = State()
            return
        }
        if now.inode != state.inode || now.size < state.end {
            rescan(&state)
        } else if now.size > state.end {
            scan(&state)
        }
    }

    private func rescan(_ state: inout State) {
        state = State()
        scan(&state)
    }

    private func scan(_ state: inout State) {
        guard let file = try? ReadableFile(path) else { return }
        scan(&state, file.identity) { try? file.bytes(at: $0, count: $1) }
    }

    private func scan(_ state: inout State, _ file: borrowing LockedFile) {
        guard let identity = file.identity else { return }
        scan(&state, identity) { file.bytes(at: $0, count: $1) }
    }

    private func scan(_ state: inout State, _ identity: FileIdentity, read: (_ offset: Int, _ count: Int) -> [UInt8]?) {
        if state.inode != identity.inode { state = State() }
        state.inode = identity.inode
        guard let bytes = read(state.end, identity.size - state.end) else { return }
        let found = RecordFrame.scan(bytes)
        for frame in found.frames {
            state.entries[frame.key] = Entry(
                offset: state.end + frame.range.lowerBound, length: frame.range.count, written: frame.written)
        }
        if found.damaged > 0 { state.isDamaged = true }
        state.end += found.end
    }

    // MARK: Writing

    /// Puts records on the shelf, with one write.
    ///
    /// - Returns: bytes written.
    func append(_ records: [(key: Digest, encoded: [UInt8])]) throws -> Int {
        let now = Int(time(nil))
        var bytes: [UInt8] = []
        var frames: [(key: Digest, range: Range<Int>)] = []
        for record in records { frames.append((record.key, RecordFrame.append(record.encoded, written: now, to: &bytes))) }
        return try state.withLock { state in
            let file = try LockedFile(path)
            // What a killed process left half-written at the end would hide what follows it.
            scan(&state, file)
            if let size = file.identity?.size, size > state.end { file.cut(to: state.end) }
            try file.append(bytes)
            for (key, range) in frames {
                state.entries[key] = Entry(offset: state.end + range.lowerBound, length: range.count, written: now)
            }
            state.end += bytes.count
            return bytes.count
        }
    }

    // MARK: Order

    /// What putting a shelf in order came to.
    struct Order: Sendable {
        var kept = 0
        /// Whole records that weren't to be kept, or that a later one stands for.
        var removed = 0
        /// Places where something else than a record was.
        var damaged = 0
        var bytes = 0
    }

    /// Writes the shelf anew with those of its records that are whole, the latest of their key, and wanted.
    @discardableResult
    func rewrite(keeping wanted: (Digest, Entry) -> Bool) throws -> Order {
        try state.withLock { state in
            guard FileIdentity(path: path) != nil else { return Order() }
            let file = try LockedFile(path)
            state = State()
            scan(&state, file)
            // The half of a record that a killed process left at the end.
            file.cut(to: state.end)
            let bytes = file.bytes(at: 0, count: state.end)
            var order = Order()
            var kept: [UInt8] = []
            let found = RecordFrame.scan(bytes)
            order.damaged = found.damaged
            for frame in found.frames {
                let entry = Entry(offset: frame.range.lowerBound, length: frame.range.count, written: frame.written)
                let sealed = Array(bytes[frame.range])
                guard let record = try? ResultRecord(encoded: sealed), record.key == frame.key else {
                    order.damaged += 1
                    continue
                }
                guard state.entries[frame.key]?.offset == entry.offset, wanted(frame.key, entry) else {
                    order.removed += 1
                    continue
                }
                order.kept += 1
                _ = RecordFrame.append(sealed, written: entry.written, to: &kept)
            }
            order.bytes = kept.count
            if kept.isEmpty {
                unlink(path)
            } else if order.removed + order.damaged > 0 {
                try folder.write(.records, name, synced: false) { try $0.write(kept) }
            }
            state = State()
            return order
        }
    }

    /// All records on the shelf.
    func contents() -> [Digest: Entry] {
        state.withLock { state in
            refresh(&state)
            return state.entries
        }
    }
}
