internal import Cancellations
public import Digests
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

    public init(memoFolder: String?, memoThreshold: Int = 64 << 20) {
        self.memoFolder = memoFolder
        self.memoThreshold = memoThreshold
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
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CheckpointError.opening(path, errno) }
        defer { close(descriptor) }
        let path = canonical(path)
        let identity = try FileIdentity(descriptor: descriptor, path: path)
        if let digest = remembered(path, identity) { return digest }

        let settled = isSettled(identity)
        let digest = try hash(descriptor, path: path)
        // Only what nobody touched meanwhile is worth remembering.
        if settled, try FileIdentity(descriptor: descriptor, path: path) == identity {
            remember(digest, for: path, identity)
        }
        return digest
    }

    /// The SHA-256 of what is mapped, even if another file has the path by now.
    func digest(of file: MappedFile) throws -> Digest {
        if let digest = remembered(canonical(file.path), file.identity) { return digest }
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        if descriptor >= 0 {
            defer { close(descriptor) }
            if try FileIdentity(descriptor: descriptor, path: file.path) == file.identity {
                return try digest(ofFileAt: file.path)
            }
        }
        hashed.add(1, ordering: .relaxed)
        var builder = DigestBuilder()
        for start in stride(from: 0, to: file.bytes.count, by: 1 << 24) {
            try Cancellation.check()
            builder.update(UnsafeRawBufferPointer(rebasing: file.bytes[start..<min(start + 1 << 24, file.bytes.count)]))
        }
        return builder.finish()
    }

    private func canonical(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private func isSettled(_ identity: FileIdentity) -> Bool {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let nanoseconds = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
        return nanoseconds - max(identity.changed, identity.modified) > 2_000_000_000
    }

    /// Reads rather than maps: hashing then takes a megabyte of memory, not the file's size of it.
    private func hash(_ descriptor: Int32, path: String) throws -> Digest {
        hashed.add(1, ordering: .relaxed)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        var builder = DigestBuilder()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        var offset = 0
        while true {
            try Cancellation.check()
            let count = pread(descriptor, buffer.baseAddress, buffer.count, offset)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw CheckpointError.opening(path, errno)
            }
            builder.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += count
        }
        return builder.finish()
    }

    // MARK: The memo

    private func remembered(_ path: String, _ identity: FileIdentity) -> Digest? {
        if let entry = known.withLock({ $0[path] }), entry.identity == identity { return entry.digest }
        guard identity.size >= memoThreshold, let memo = memoPath(path), let text = readSmallFile(memo) else { return nil }
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
        makeFolders(folder)
        guard let file = try? AtomicFile(path: memo) else { return }
        try? file.write("\(Self.stamp(identity))\n\(digest)\n\(path)\n")
        _ = try? file.commit()
    }

    private static func stamp(_ identity: FileIdentity) -> String {
        "1 \(identity.size) \(identity.device) \(identity.inode) \(identity.modified) \(identity.changed)"
    }

    private func memoPath(_ path: String) -> String? {
        memoFolder.map { $0 + "/" + String(Digest.of(path).description.prefix(32)) }
    }

    private func readSmallFile(_ path: String) -> String? {
        guard let file = try? MappedFile(path: path), file.bytes.count < 1 << 16 else { return nil }
        return String(decoding: file.bytes, as: UTF8.self)
    }
}

/// Makes a folder and those above it; what is there already is fine.
func makeFolders(_ path: String) {
    var end = path.startIndex
    while end < path.endIndex {
        end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
        mkdir(String(path[..<end]), 0o777)
    }
}
