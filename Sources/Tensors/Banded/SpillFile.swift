internal import Glibc
public import Problems

/// Room on a disk for what doesn't fit into memory: a file without a name, gone with the last reference or with the process.
///
/// It is read and written by calls, not mapped: the system may keep its pages or not, they are not this process's memory.
final class SpillFile {
    private let descriptor: Int32
    private let folder: String
    /// Bytes that it has room for.
    private(set) var byteCount = 0

    /// - Parameter byteCount: what is going to be written; the room is taken at once where the file system can.
    /// - Throws: when the folder can't be written to or has no room.
    init(byteCount: Int) throws(SpillError) {
        folder = Self.folder
        descriptor = try Self.open(in: folder)
        try grow(to: byteCount)
    }

    /// Makes room for so many bytes, what is in it aside.
    func grow(to byteCount: Int) throws(SpillError) {
        guard byteCount > self.byteCount || self.byteCount == 0 else { return }
        // A full disk is better known now than in an hour.
        let code = posix_fallocate(descriptor, 0, off_t(max(byteCount, 1)))
        if code != 0, code != EINTR, code != EINVAL, code != EOPNOTSUPP {
            throw SpillError(folder: folder, byteCount: byteCount, errno: code)
        }
        self.byteCount = byteCount
    }

    deinit { close(descriptor) }

    /// `TMPDIR`, else `/var/tmp`: unlike `/tmp`, it is on a disk everywhere.
    static var folder: String {
        if let wanted = getenv("TMPDIR") {
            let text = String(cString: wanted)
            if !text.isEmpty { return text }
        }
        return access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp"
    }

    private static func open(in folder: String) throws(SpillError) -> Int32 {
        var template = Array((folder + "/darkroom-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw SpillError(folder: folder, byteCount: 0, errno: errno) }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    /// Fills `bytes` from a place that was written.
    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(SpillError) {
        guard let start = bytes.baseAddress else { return }
        try transfer(bytes.count) { pread(descriptor, start + $0, bytes.count - $0, off_t(offset + $0)) }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SpillError) {
        guard let start = bytes.baseAddress else { return }
        try transfer(bytes.count) { pwrite(descriptor, start + $0, bytes.count - $0, off_t(offset + $0)) }
    }

    /// Calls `step` until all bytes are through; it gets how many are.
    private func transfer(_ count: Int, _ step: (_ done: Int) -> Int) throws(SpillError) {
        var done = 0
        while done < count {
            let moved = step(done)
            if moved < 0, errno == EINTR { continue }
            guard moved > 0 else { throw SpillError(folder: folder, byteCount: count, errno: moved < 0 ? errno : EIO) }
            done += moved
        }
    }
}

/// Room for parts of a picture on a disk that can't be had.
///
/// Whoever computes says it in an error of its own, which knows what was computed.
public typealias SpillError = PlainProblem<SpillErrorCode>

public enum SpillErrorCode: String, OnlyProblemCode {
    case noRoom = "spill-no-room"
    public static var only: Self { .noRoom }

    public var category: ProblemCategory { .exhausted }
    public var meaning: String { "Parts of a picture that don't fit into the memory allowed can't be put on a disk." }
    public var hint: String { "Make room, let TMPDIR name another folder, or allow more memory with --memory." }
}

extension SpillError {
    /// - Parameters:
    ///   - folder: where the file was wanted.
    ///   - byteCount: bytes wanted; 0 where it isn't about their number.
    ///   - errno: what the system said.
    init(folder: String, byteCount: Int, errno: Int32) {
        let reason =
            switch errno {
            case ENOSPC, EDQUOT: "has no room for \(max(1, byteCount >> 20)) MiB of a picture that doesn't fit into the memory allowed"
            default: "can't take parts of a picture that doesn't fit into the memory allowed: \(String(cString: strerror(errno)))"
            }
        self.init("\(folder) \(reason)", hint: "make room, let TMPDIR name another folder, or allow more memory with --memory")
    }
}
