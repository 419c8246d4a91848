import Glibc
import Synchronization

/// A file that appears under its name only when it is whole.
///
/// Written to a temporary name in the same folder, synced and renamed by `commit`. Without `commit` it disappears with the
/// last reference.
public final class AtomicFile {
    public let path: String
    private let temporary: String
    private var descriptor: Int32
    /// Bytes written so far.
    public private(set) var count = 0
    private static let number = Atomic<Int>(0)

    /// - Throws: `CheckpointError` `.notWritable`.
    public init(path: String) throws(CheckpointError) {
        self.path = path
        let name = path.split(separator: "/", omittingEmptySubsequences: false)
        let serial = Self.number.add(1, ordering: .relaxed).newValue
        let folder = name.dropLast().joined(separator: "/")
        temporary = (name.count > 1 ? folder + "/" : "") + ".\(name.last ?? "").\(getpid()).\(serial).part"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            unlink(temporary)
        }
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
        var rest = bytes
        while let start = rest.baseAddress, rest.count > 0 {
            // Linux writes at most 2 GiB at a time.
            let written = Glibc.write(descriptor, start, min(rest.count, 1 << 30))
            if written < 0 {
                if errno == EINTR { continue }
                throw Self.failure(path, errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
        count += bytes.count
    }

    public func write(_ text: String) throws(CheckpointError) { try write(Array(text.utf8)) }

    public func write(_ bytes: [UInt8]) throws(CheckpointError) {
        try bytes.withUnsafeBufferPointer { (raw) throws(CheckpointError) in try write(UnsafeRawBufferPointer(raw)) }
    }

    /// Gives the file its name.
    ///
    /// - Parameter replacing: whether a file that has the name already is replaced; otherwise it is left alone.
    /// - Returns: whether the name is this file's now; false only if it was taken and `replacing` is false.
    @discardableResult
    public func commit(replacing: Bool = true) throws(CheckpointError) -> Bool {
        guard fsync(descriptor) == 0 else { throw Self.failure(path, errno) }
        if !replacing {
            // A link fails where a name exists, even when another process has just taken it.
            if link(temporary, path) == 0 {
                unlink(temporary)
                close(descriptor)
                descriptor = -1
                return true
            }
            // Some file systems have no hard links; there a look must do.
            if errno == EEXIST || access(path, F_OK) == 0 { return false }
        }
        guard rename(temporary, path) == 0 else { throw Self.failure(path, errno) }
        close(descriptor)
        descriptor = -1
        return true
    }

    /// Removes what killed processes left of files that they were writing: parts that nobody has written to for ten minutes, and
    /// whose process is gone.
    ///
    /// - Parameter names: of the files in `folder`; others than parts are left alone.
    public static func removeLeftovers(among names: [String], in folder: String) {
        for name in names where name.hasPrefix(".") && name.hasSuffix(".part") {
            let words = name.split(separator: ".")
            var information = stat()
            guard words.count >= 4, let process = pid_t(words[words.count - 3]), Int(words[words.count - 2]) != nil,
                kill(process, 0) != 0, errno == ESRCH, stat(folder + "/" + name, &information) == 0,
                time(nil) - information.st_mtim.tv_sec > 600
            else { continue }
            unlink(folder + "/" + name)
        }
    }

    private static func failure(_ path: String, _ number: Int32) -> CheckpointError {
        CheckpointError(
            .notWritable, file: path, reason: "can't be written: \(String(cString: strerror(number)))",
            hint: number == ENOSPC ? "the disk is full" : nil)
    }
}
