internal import CMappedFiles
import Digests
public import Files
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
        let file = try Self.open(path)
        identity = file.identity
        self.path = path
        if identity.size == 0 {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        } else {
            let start = mmap(nil, identity.size, PROT_READ, MAP_PRIVATE, file.descriptor, 0)
            guard let start, start != MAP_FAILED else {
                throw CheckpointError(.unreadable, file: path, reason: "can't be read: \(String(cString: strerror(errno)))")
            }
            bytes = UnsafeRawBufferPointer(start: start, count: identity.size)
            dk_watch_mapping(start, identity.size, path, Self.exitCode)
        }
    }

    private static func open(_ path: String) throws(CheckpointError) -> ReadableFile {
        do throws(FileProblem) { return try ReadableFile(path) } catch { throw CheckpointError(error) }
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
