internal import Cancellations
public import Digests
import Files
import Glibc
import Synchronization

/// Content digests of files, remembered so that a model is hashed once and not at every start.
///
/// A file's content is its SHA-256. It is remembered in memory and, for files large enough to matter, in one tiny text file
/// each in the user's cache folder, under everything `stat` tells: path, size, device, inode, modification and change time.
/// A file changed less than two seconds ago is hashed every time, since another write could follow within the file system's
/// clock tick and leave no trace.
public final class FileDigests: Sendable {
    /// The one that everybody uses, with the memo in `$XDG_CACHE_HOME/darkroom/file-digests`.
    public static let shared = FileDigests(memoFolder: defaultMemoFolder)

    /// Where digests survive the process; `nil` keeps them in memory only.
    public let memoFolder: String?
    /// Files smaller than this are hashed in less time than a memo is worth keeping.
    let memoThreshold: Int
    private let known = Mutex<[String: (identity: FileIdentity, digest: Digest)]>([:])
    private let hashed = Atomic<Int>(0)
    /// Nanoseconds since 1970.
    private let now: @Sendable () -> Int64

    public convenience init(memoFolder: String?, memoThreshold: Int = 64 << 20) {
        self.init(memoFolder: memoFolder, memoThreshold: memoThreshold, now: Self.systemTime)
    }

    /// - Parameter now: nanoseconds since 1970, on the clock of the file system's times.
    init(memoFolder: String?, memoThreshold: Int, now: @escaping @Sendable () -> Int64) {
        (self.memoFolder, self.memoThreshold, self.now) = (memoFolder, memoThreshold, now)
    }

    private static func systemTime() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    /// How many files were read and hashed so far.
    public var filesHashed: Int { hashed.load(ordering: .relaxed) }

    static var defaultMemoFolder: String? {
        func environment(_ name: String) -> String? {
            guard let value = getenv(name) else { return nil }
            let text = String(cString: value)
            return text.hasPrefix("/") ? text : nil
        }
        if let folder = environment("DARKROOM_CACHE_DIR") { return folder + "/file-digests" }
        if let cache = environment("XDG_CACHE_HOME") { return cache + "/darkroom/file-digests" }
        return environment("HOME").map { $0 + "/.cache/darkroom/file-digests" }
    }

    /// The SHA-256 of a file's content.
    ///
    /// - Throws: `CheckpointError` when it can't be read, `CancellationError` when the work was asked to stop.
    public func digest(ofFileAt path: String) throws -> Digest {
        do {
            let file = try ReadableFile(path)
            let path = Folder.realPath(path) ?? path
            if let digest = remembered(path, file.identity) { return digest }

            let settled = isSettled(file.identity)
            let digest = try hash(file)
            // Only what nobody touched meanwhile is worth remembering.
            if settled, try file.currentIdentity() == file.identity { remember(digest, for: path, file.identity) }
            return digest
        } catch let problem as FileProblem {
            throw CheckpointError(problem)
        }
    }

    /// The SHA-256 of what is mapped, even if another file has the path by now.
    func digest(of file: MappedFile) throws -> Digest {
        if let digest = remembered(Folder.realPath(file.path) ?? file.path, file.identity) { return digest }
        if FileIdentity(path: file.path) == file.identity { return try digest(ofFileAt: file.path) }
        hashed.add(1, ordering: .relaxed)
        var builder = DigestBuilder()
        for start in stride(from: 0, to: file.bytes.count, by: 1 << 24) {
            try Cancellation.check()
            builder.update(UnsafeRawBufferPointer(rebasing: file.bytes[start..<min(start + 1 << 24, file.bytes.count)]))
        }
        return builder.finish()
    }

    private func isSettled(_ identity: FileIdentity) -> Bool {
        now() - max(identity.changed, identity.modified) > 2_000_000_000
    }

    /// Reads rather than maps: hashing then takes a megabyte of memory, not the file's size of it.
    private func hash(_ file: borrowing ReadableFile) throws -> Digest {
        hashed.add(1, ordering: .relaxed)
        var builder = DigestBuilder()
        try file.forEachPiece { piece in
            try Cancellation.check()
            builder.update(piece)
        }
        return builder.finish()
    }

    // MARK: The memo

    private func remembered(_ path: String, _ identity: FileIdentity) -> Digest? {
        if let entry = known.withLock({ $0[path] }), entry.identity == identity { return entry.digest }
        guard identity.size >= memoThreshold, let memo = memoPath(path), let text = try? ReadableFile.text(of: memo, limit: 1 << 16)
        else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3, lines[0] == Self.stamp(identity), lines[2] == path, let digest = Digest(hex: lines[1]) else {
            return nil
        }
        known.withLock { $0[path] = (identity, digest) }
        return digest
    }

    private func remember(_ digest: Digest, for path: String, _ identity: FileIdentity) {
        known.withLock { $0[path] = (identity, digest) }
        guard identity.size >= memoThreshold, let folder = memoFolder, let memo = memoPath(path) else { return }
        // A memo that can't be written costs time at the next start and nothing else.
        try? Folder.make(folder)
        try? AtomicFile.write("\(Self.stamp(identity))\n\(digest)\n\(path)\n", to: memo)
    }

    private static func stamp(_ identity: FileIdentity) -> String {
        "1 \(identity.size) \(identity.device) \(identity.inode) \(identity.modified) \(identity.changed)"
    }

    private func memoPath(_ path: String) -> String? {
        memoFolder.map { $0 + "/" + String(Digest.of(path).description.prefix(32)) }
    }
}
