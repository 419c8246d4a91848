internal import CMappedFiles
import Digests
import Glibc
import Synchronization

/// A whole file mapped for reading; unmapped with the last reference.
///
/// The mapping is private and read-only. A file that another program cuts short while it is mapped ends the process, with a
/// message that names the file and exit code 3: what was read from it so far may be wrong. A file replaced by renaming, as every
/// careful program does, does no harm.
public final class MappedFile: Sendable {
    public let path: String
    public let identity: FileIdentity
    /// Safe: the bytes are read-only and live until `deinit`.
    nonisolated(unsafe) public let bytes: UnsafeRawBufferPointer
    /// Of a process that meets a file that was cut short: a missing model or input file.
    private static let exitCode: Int32 = 3
    private let digest = Mutex<Digest?>(nil)

    /// - Throws: `CheckpointError` `.notFound` or `.unreadable`.
    public init(path: String) throws(CheckpointError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .opening(path, errno) }
        defer { close(descriptor) }
        identity = try FileIdentity(descriptor: descriptor, path: path)
        self.path = path
        if identity.size == 0 {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        } else {
            let start = mmap(nil, identity.size, PROT_READ, MAP_PRIVATE, descriptor, 0)
            guard let start, start != MAP_FAILED else { throw .opening(path, errno) }
            bytes = UnsafeRawBufferPointer(start: start, count: identity.size)
            dk_watch_mapping(start, identity.size, path, Self.exitCode)
        }
    }

    deinit {
        guard let start = bytes.baseAddress else { return }
        dk_forget_mapping(start)
        munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }

    /// The SHA-256 of the content, found once for this mapping: every tensor's digest asks for it.
    func contentDigest() throws -> Digest {
        if let digest = digest.withLock({ $0 }) { return digest }
        let found = try FileDigests.shared.digest(of: self)
        digest.withLock { $0 = found }
        return found
    }

    /// Gives the pages of a range back to the system. They are read again from the file when somebody looks.
    func releasePages(of range: Range<Int>) {
        guard let start = bytes.baseAddress else { return }
        let page = max(sysconf(Int32(_SC_PAGESIZE)), 4096)
        let first = (range.lowerBound + page - 1) / page * page
        let last = range.upperBound / page * page
        if last > first { madvise(UnsafeMutableRawPointer(mutating: start + first), last - first, MADV_DONTNEED) }
    }
}

/// What tells one state of a file from another without reading it.
public struct FileIdentity: Sendable, Hashable {
    public var size: Int
    public var device: UInt64
    public var inode: UInt64
    /// Nanoseconds since 1970.
    public var modified: Int64
    /// Time of the last change to the file or its attributes: unlike `modified`, no program can set it back.
    public var changed: Int64

    init(descriptor: Int32, path: String) throws(CheckpointError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .opening(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CheckpointError(.unreadable, file: path, reason: "this is no regular file")
        }
        size = Int(status.st_size)
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    }
}

extension CheckpointError {
    static func opening(_ path: String, _ number: Int32) -> CheckpointError {
        let reason = String(cString: strerror(number))
        return number == ENOENT || number == ENOTDIR
            ? CheckpointError(.notFound, file: path, reason: "there is no such file")
            : CheckpointError(.unreadable, file: path, reason: "can't be read: \(reason)")
    }
}
