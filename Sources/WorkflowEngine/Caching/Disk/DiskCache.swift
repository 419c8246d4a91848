internal import Problems
internal import Digests
internal import Dispatch
internal import Files
internal import Synchronization

/// The tier of the result cache that survives the process. Many processes may share one folder.
///
/// Writing happens in the background, contents before the records that name them, each under a temporary name until it is
/// whole. Reading trusts nothing: a value must feed the digest it is stored under, or it is dropped with a note. When the
/// folder can't be written, the cache says so once and goes on without.
public final class DiskCache: Sendable {
    let folder: CacheFolder
    /// Bytes the folder may hold.
    public let limit: Int
    let shelves: RecordShelves
    private let writer = DispatchQueue(label: "darkroom.cache.writer", qos: .utility)
    /// Beyond so many bytes that wait to be written, storing waits.
    private static let mostPendingBytes = 256 << 20
    /// Seconds that results wait for others to be written with, when they took no longer than that.
    private static let moment = 0.05
    private let state = Mutex(State())

    private struct State {
        var notes: [String] = []
        var noteCount = 0
        /// Notes that were told, each once.
        var told: Set<String> = []
        /// What waits to be written.
        var pending: [PendingResult] = []
        var pendingBytes = 0
        var isDrainDue = false, isDrainPlanned = false
        var isWritable = true
        /// Bytes in the folder, as far as this process knows; `nil` before the first look.
        var knownBytes: Int?
        var writtenSinceScan = 0
        /// States this process loaded or stored, to be removed when their computation is done.
        var resumeFiles: Set<String> = []
    }

    private struct PendingResult {
        var record: ResultRecord
        var contents: [(stub: ContentStub, value: any WorkflowValue, codec: any ValueCodec)]
    }

    /// - Parameters:
    ///   - folder: made when something is stored.
    ///   - limit: bytes; the least valuable entries go when it is passed.
    public init(folder: String, limit: Int = 10 << 30) {
        self.folder = CacheFolder(path: folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder)
        shelves = RecordShelves(folder: self.folder)
        self.limit = max(0, limit)
    }

    /// The folder.
    public var path: String { folder.path }

    // MARK: Notes

    /// What went wrong since the last call, for people. Nothing of it is an error of a run.
    public func takeNotes() -> [String] {
        state.withLock { state in
            defer { state.notes = [] }
            return state.notes
        }
    }

    func note(_ text: String) {
        state.withLock { state in
            // A ruined folder needn't be told entry by entry.
            guard state.told.insert(text).inserted else { return }
            state.noteCount += 1
            if state.noteCount <= 20 { state.notes.append(text) }
        }
    }

    private func noteFailure(_ error: any Error) {
        let failure = error as? FileProblem
        let stops = failure.map { $0.isPermanent || $0.code == .noSpace } ?? false
        let isFirst = state.withLock { state in
            defer { if stops { state.isWritable = false } }
            return state.isWritable
        }
        guard isFirst else { return }
        note(stops ? "results are not stored from here on: \(error)" : "a result was not stored: \(error)")
    }

    private var isWritable: Bool { state.withLock { $0.isWritable } }

    // MARK: Records

    func record(_ key: Digest) -> ResultRecord? {
        let shelf = shelves.shelf(of: key)
        return shelf.record(key) { what in
            switch what {
            case .damage: note("a damaged record was dropped: \(shelf.path)")
            case .olderForm: note("results that an older version kept are computed again: \(shelf.path)")
            }
        }
    }

    /// Keeps a result. What took a while is written at once; the others are gathered for a moment, for a write costs more
    /// than many of them did.
    func store(_ record: ResultRecord, values: [[any WorkflowValue]], library: any NodeLibrary) {
        guard isWritable else { return }
        var result = PendingResult(record: record, contents: [])
        var bytes = 256
        for (stubs, values) in zip(record.outputs, values) {
            for (stub, value) in zip(stubs, values) where stub.inline == nil {
                guard let codec = library.codec(for: stub.typeName) else { continue }
                result.contents.append((stub, value, codec))
                bytes += stub.byteCount
            }
        }
        let isCheap = record.seconds < Self.moment && result.contents.isEmpty
        let (mustStart, mustPlan, isFull) = state.withLock { state in
            state.pending.append(result)
            state.pendingBytes += bytes
            let mustStart = !isCheap && !state.isDrainDue, mustPlan = isCheap && !state.isDrainDue && !state.isDrainPlanned
            if mustStart { state.isDrainDue = true }
            if mustPlan { state.isDrainPlanned = true }
            return (mustStart, mustPlan, state.pendingBytes > Self.mostPendingBytes)
        }
        if mustStart { writer.async { [self] in drain() } }
        if mustPlan { writer.asyncAfter(deadline: .now() + Self.moment) { [self] in drain() } }
        if isFull { flush() }
    }

    /// Writes what waits. On the writer's queue.
    private func drain() {
        while true {
            let results = state.withLock { state in
                defer {
                    state.pending = []
                    state.pendingBytes = 0
                    state.isDrainDue = false
                    state.isDrainPlanned = false
                }
                return state.pending
            }
            if results.isEmpty { return }
            var records: [ResultRecord] = []
            for result in results {
                for (stub, value, codec) in result.contents { write(value, stub: stub, codec: codec, record: result.record) }
                records.append(result.record)
                // Not to be lost while the contents of others are written.
                if !result.contents.isEmpty, result.record.seconds >= Self.moment {
                    write(records)
                    records = []
                }
            }
            write(records)
        }
    }

    private func write(_ records: [ResultRecord]) {
        guard isWritable, !records.isEmpty else { return }
        do { countWritten(try shelves.append(records)) } catch { noteFailure(error) }
    }

    // MARK: Contents

    private func write(_ value: any WorkflowValue, stub: ContentStub, codec: any ValueCodec, record: ResultRecord) {
        // One entry that takes a quarter of the room would drive out everything else.
        guard isWritable, stub.byteCount <= limit / 4 else { return }
        let name = "\(stub.digest)"
        if folder.exists(.contents, name) {
            folder.touch(.contents, name)
            return
        }
        do {
            guard let stored = try codec.encode(value) else { return }
            let file = ContentFile(
                type: stub.typeName, digest: stub.digest, node: record.type, seconds: record.seconds, value: stored)
            try folder.write(.contents, name, synced: true) { try file.write(to: $0) }
            countWritten(stored.tensors.reduce(4096) { $0 + $1.byteCount })
        } catch { noteFailure(error) }
    }

    func content(_ stub: ContentStub, codec: any ValueCodec) -> (any WorkflowValue)? {
        let name = "\(stub.digest)"
        guard let bytes = folder.read(.contents, name) else { return nil }
        do {
            let file = try ContentFile(bytes, verifying: false)
            guard file.type == stub.typeName else { throw ContentFile.Damage(description: "another type") }
            let value = try codec.decode(file.value)
            guard try value.contentDigest == stub.digest else { throw ContentFile.Damage(description: "the digest is wrong") }
            folder.touch(.contents, name)
            return value
        } catch is UnavailableContent {
            // What it stands for isn't here now, a model file for one; the entry is right and stays.
            return nil
        } catch {
            folder.remove(.contents, name)
            note("a damaged entry was dropped and is made again: \(folder.file(.contents, name)) (\(error))")
            return nil
        }
    }

    func hasContent(_ digest: Digest) -> Bool { folder.exists(.contents, "\(digest)") }

    // MARK: Histories

    func history(of workflow: String) -> RunHistory? {
        folder.read(.histories, "\(Digest.of(workflow))", limit: 1 << 30).flatMap { try? RunHistory(encoded: $0) }
    }

    func setHistory(_ history: RunHistory, of workflow: String) {
        writer.async { [self] in writeHistory(history, of: workflow) }
    }

    /// Writes a history. On the writer's queue.
    func writeHistory(_ history: RunHistory, of workflow: String) {
        guard isWritable else { return }
        do {
            let bytes = history.encoded
            try folder.write(.histories, "\(Digest.of(workflow))", synced: false) { try $0.write(bytes) }
        } catch { noteFailure(error) }
    }

    /// Does something on the writer's queue, so many seconds from now.
    func afterwards(_ seconds: Double, _ body: @escaping @Sendable () -> Void) {
        writer.asyncAfter(deadline: .now() + seconds, execute: body)
    }

    // MARK: Room

    /// Waits until everything that was stored is written.
    func flush() { writer.sync { drain() } }

    /// Counts what was written, and makes room when the limit is passed. On the writer's queue.
    ///
    /// Other processes write too, so the folder is looked at again after every hundredth of the limit: with the tenth
    /// that eviction leaves free, ten processes stay below the limit together.
    private func countWritten(_ bytes: Int) {
        let mustScan = state.withLock { state in
            state.writtenSinceScan += bytes
            state.knownBytes? += bytes
            guard let known = state.knownBytes else { return true }
            return known > limit || state.writtenSinceScan > limit / 100
        }
        guard mustScan else { return }
        let isFirst = state.withLock { $0.knownBytes == nil }
        if isFirst { folder.removeStaleTemporaries() }
        let total = CacheEviction(folder: folder, shelves: shelves).keep(below: limit)
        state.withLock { state in
            state.knownBytes = total
            state.writtenSinceScan = 0
        }
    }

    // MARK: Resuming

    /// Where one computation keeps its state; written in the background like everything else.
    func resumePoint(_ key: Digest, index: Int, interval: Double, ignoresEarlier: Bool) -> ResumePoint {
        let name = "\(key)-\(index)"
        let next = DueTime(due: Clock.now + interval)
        let start = Clock.now
        let before = Mutex(0.0)
        return ResumePoint(
            load: { [self] in
                guard !ignoresEarlier, let bytes = folder.read(.resume, name), let file = try? ContentFile(bytes, verifying: true) else {
                    return nil
                }
                state.withLock { _ = $0.resumeFiles.insert(name) }
                before.withLock { $0 = file.seconds }
                return file.value
            },
            secondsBefore: { before.withLock { $0 } },
            due: { next.isPast },
            save: { [self] value in
                guard isWritable else { return }
                next.begin()
                state.withLock { _ = $0.resumeFiles.insert(name) }
                let seconds = before.withLock { $0 } + Clock.now - start
                writer.async { [self] in
                    // While a state is written, the next ones needn't be.
                    defer { next.end(Clock.now + interval) }
                    // Whoever goes on from here wants what came before it, too.
                    drain()
                    let file = ContentFile(type: "RESUME", digest: nil, node: "", seconds: seconds, value: value)
                    do {
                        try folder.write(.resume, name, synced: true) { try file.write(to: $0) }
                    } catch { noteFailure(error) }
                }
            },
            saveNow: { [self] value in
                guard isWritable else { return }
                state.withLock { _ = $0.resumeFiles.insert(name) }
                let seconds = before.withLock { $0 } + Clock.now - start
                let file = ContentFile(type: "RESUME", digest: nil, node: "", seconds: seconds, value: value)
                do {
                    try folder.write(.resume, name, synced: false) { try file.write(to: $0) }
                } catch { noteFailure(error) }
            })
    }

    func dropResumePoints(_ key: Digest) {
        let prefix = "\(key)-"
        let names = state.withLock { state in
            let names = state.resumeFiles.filter { $0.hasPrefix(prefix) }
            state.resumeFiles.subtract(names)
            return names
        }
        for name in names { writer.async { [self] in folder.remove(.resume, name) } }
    }
}

/// When something is to be done next: not before a moment, and not while it is being done.
private final class DueTime: Sendable {
    private let state: Mutex<(due: Double, underWay: Int)>
    init(due: Double) { state = Mutex((due, 0)) }
    var isPast: Bool { state.withLock { $0.underWay == 0 && Clock.now >= $0.due } }
    func begin() { state.withLock { $0.underWay += 1 } }
    func end(_ due: Double) { state.withLock { ($0.due, $0.underWay) = (due, $0.underWay - 1) } }
}
