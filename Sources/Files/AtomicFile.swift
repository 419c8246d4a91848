internal import Glibc
internal import Synchronization
internal import SystemPackage

/// A file that appears under its name only when it is whole.
///
/// Written to a temporary name, synced and renamed by `commit`. Without `commit` it disappears with the last reference. Where the name is
/// that of a device or a pipe (`/dev/stdout`), what is written goes there as it comes.
public final class AtomicFile {
    public let path: String
    private let temporary: String
    private let makesFolders: Bool
    /// Whether the name is a device's or a pipe's: those are written to, never replaced.
    private let isInPlace: Bool
    private var file: FileDescriptor?
    /// Small pieces on their way, gathered into larger ones.
    private var pending: [UInt8] = []
    /// Bytes written so far.
    public private(set) var count = 0
    private static let number = Atomic<Int>(0)

    /// Begins a file.
    ///
    /// - Parameter temporaryFolder: where it lies until it is whole, on the same file system; made if need be, and so is the file's own
    ///   folder. Without one it lies beside its final name, and its folder must exist.
    /// - Throws: `FileProblem` `.unwritable` or `.noSpace`.
    public init(path: String, temporaryFolder: String? = nil) throws(FileProblem) {
        self.path = path
        makesFolders = temporaryFolder != nil
        isInPlace = temporaryFolder == nil && FileIdentity(path: path)?.kind == .other
        if isInPlace {
            temporary = path
            do {
                try WriteFaults.pass(path)
                file = try FileDescriptor.open(FilePath(path), .writeOnly, options: .closeOnExec)
            } catch { throw .writing(path, error as? Errno ?? .ioError) }
            return
        }
        let serial = Self.number.add(1, ordering: .relaxed).newValue
        if let temporaryFolder {
            temporary = "\(temporaryFolder)/\(getpid())-\(serial)-\(UInt32.random(in: 0 ... .max))"
        } else {
            let name = path.split(separator: "/", omittingEmptySubsequences: false)
            let folder = name.dropLast().joined(separator: "/")
            temporary = (name.count > 1 ? folder + "/" : "") + ".\(name.last ?? "").\(getpid()).\(serial).part"
        }
        do {
            file = try Self.create(temporary)
        } catch {
            guard let temporaryFolder, error == .noSuchFileOrDirectory else { throw .writing(path, error) }
            try Folder.make(temporaryFolder)
            do { file = try Self.create(temporary) } catch { throw .writing(path, error) }
        }
    }

    private static func create(_ path: String) throws(Errno) -> FileDescriptor {
        try WriteFaults.pass(path)
        do {
            return try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
                permissions: FilePermissions(rawValue: 0o666))
        } catch { throw error as? Errno ?? .ioError }
    }

    deinit {
        guard let file else { return }
        try? file.close()
        if !isInPlace { unlink(temporary) }
    }

    // MARK: Writing

    /// - Throws: `FileProblem` `.unwritable` or `.noSpace`.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileProblem) {
        count += bytes.count
        if pending.count + bytes.count <= 1 << 16 { return pending.append(contentsOf: bytes) }
        try flush()
        try put(bytes)
    }

    /// - Throws: `FileProblem` `.unwritable` or `.noSpace`.
    public func write(_ text: String) throws(FileProblem) { try write(Array(text.utf8)) }

    /// - Throws: `FileProblem` `.unwritable` or `.noSpace`.
    public func write(_ bytes: [UInt8]) throws(FileProblem) {
        try bytes.withUnsafeBufferPointer { (raw) throws(FileProblem) in try write(UnsafeRawBufferPointer(raw)) }
    }

    private func flush() throws(FileProblem) {
        let bytes = pending
        pending.removeAll(keepingCapacity: true)
        try bytes.withUnsafeBufferPointer { (raw) throws(FileProblem) in try put(UnsafeRawBufferPointer(raw)) }
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(FileProblem) {
        guard let file, !bytes.isEmpty else { return }
        try call({ .writing(path, $0) }) { try file.writeEverything(bytes, named: temporary) }
    }

    /// Gives the file its name.
    ///
    /// - Parameters:
    ///   - replacing: whether a file that has the name already is replaced; otherwise it is left alone.
    ///   - synced: waits until the bytes are on the disk before renaming. Not needed for files that carry a checksum and cost next to
    ///     nothing to lose.
    /// - Returns: whether the name is this file's now; false only if it was taken and `replacing` is false.
    /// - Throws: `FileProblem` `.unwritable` or `.noSpace`; nothing has the name then, or what had it before.
    @discardableResult
    public func commit(replacing: Bool = true, synced: Bool = true) throws(FileProblem) -> Bool {
        guard let file else { return true }
        try flush()
        if isInPlace {
            finish()
            return true
        }
        do throws(Errno) {
            if synced {
                try WriteFaults.pass(temporary)
                try check(fsync(file.rawValue))
            }
            try WriteFaults.pass(temporary)
            if !replacing {
                // A link fails where a name exists, even when another process has just taken it.
                if link(temporary, path) == 0 {
                    unlink(temporary)
                    finish()
                    return true
                }
                // Some file systems have no hard links; there a look must do.
                if errno == EEXIST || access(path, F_OK) == 0 { return false }
            }
            if rename(temporary, path) != 0 {
                guard makesFolders, errno == ENOENT else { throw Errno(rawValue: errno) }
                do { try Folder.make(Folder.parent(of: path)) } catch { throw Errno(rawValue: error.number ?? EIO) }
                try check(rename(temporary, path))
            }
        } catch { throw .writing(path, error) }
        finish()
        return true
    }

    private func finish() {
        try? file?.close()
        file = nil
    }
}

extension AtomicFile {
    /// Writes a whole file: under its name is the old one or the new one, never a part. A link stays, and what it leads to is written.
    ///
    /// - Throws: `FileProblem` `.unwritable` or `.noSpace`.
    public static func write(_ bytes: [UInt8], to path: String) throws(FileProblem) {
        let file = try AtomicFile(path: target(of: path))
        try file.write(bytes)
        try file.commit()
    }

    /// What a link leads to, when something is there; else the path itself.
    private static func target(of path: String) -> String {
        guard FileIdentity(path: path, followingLinks: false)?.kind == .link, let target = realpath(path, nil) else { return path }
        defer { free(target) }
        return String(cString: target)
    }

    /// Writes a whole text file.
    ///
    /// - Throws: `FileProblem` `.unwritable` or `.noSpace`.
    public static func write(_ text: String, to path: String) throws(FileProblem) { try write(Array(text.utf8), to: path) }

    /// Removes what killed processes left of files that they were writing: parts that nobody has written to for ten minutes, and
    /// whose process is gone.
    ///
    /// - Parameter names: of the files in `folder`; others than parts are left alone.
    public static func removeLeftovers(among names: [String], in folder: String) {
        for name in names where name.hasPrefix(".") && name.hasSuffix(".part") {
            let words = name.split(separator: ".")
            guard words.count >= 4, let process = pid_t(words[words.count - 3]), Int(words[words.count - 2]) != nil,
                kill(process, 0) != 0, errno == ESRCH, let identity = FileIdentity(path: folder + "/" + name), identity.age > 600
            else { continue }
            unlink(folder + "/" + name)
        }
    }
}

extension FileDescriptor {
    /// Writes all of it.
    func writeEverything(_ bytes: UnsafeRawBufferPointer, named path: String) throws {
        if let fault = WriteFaults.fault(path) {
            // A disk that fills up takes a part.
            _ = try? writeAll(UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]))
            throw fault
        }
        var rest = bytes
        while !rest.isEmpty {
            // Linux writes at most 2 GiB at a time.
            let piece = UnsafeRawBufferPointer(rebasing: rest[..<min(rest.count, 1 << 30)])
            rest = UnsafeRawBufferPointer(rebasing: rest[try write(piece)...])
        }
    }
}
