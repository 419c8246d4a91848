internal import Glibc
internal import SystemPackage

/// A file that many processes add to: open, and locked against the others until the value ends.
public struct LockedFile: ~Copyable {
    public let path: String
    private let file: FileDescriptor

    /// Opens a file for adding to it, makes it and its folder if need be, and waits for the lock.
    ///
    /// - Throws: `FileProblem` `.unwritable`.
    public init(_ path: String) throws(FileProblem) {
        let file = try Self.locked(path)
        (self.path, self.file) = (path, file)
    }

    private static func locked(_ path: String) throws(FileProblem) -> FileDescriptor {
        while true {
            let file = try open(path)
            do throws(Errno) {
                while flock(file.rawValue, LOCK_EX) != 0 {
                    guard errno == EINTR else { throw Errno(rawValue: errno) }
                }
            } catch {
                try? file.close()
                throw .writing(path, error)
            }
            // While we waited, another file may have been given the name: the lock is on one without a name then.
            if let ours = try? file.stat(), let named = FileIdentity(path: path), FileIdentity(ours).inode == named.inode {
                return file
            }
            try? file.close()
        }
    }

    /// Opens a file as a lock, without waiting.
    ///
    /// - Returns: `nil` when another process holds it, or when it can't be made.
    public init?(ifFree path: String) {
        guard let file = try? Self.open(path, makingFolder: false) else { return nil }
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            try? file.close()
            return nil
        }
        (self.path, self.file) = (path, file)
    }

    // Closing releases the lock.
    deinit { try? file.close() }

    private static func open(_ path: String, makingFolder: Bool = true) throws(FileProblem) -> FileDescriptor {
        func attempt() throws(Errno) -> FileDescriptor {
            try WriteFaults.pass(path)
            do {
                return try FileDescriptor.open(
                    FilePath(path), .readWrite, options: [.append, .create, .closeOnExec], permissions: FilePermissions(rawValue: 0o666))
            } catch { throw error as? Errno ?? .ioError }
        }
        do throws(Errno) { return try attempt() } catch {
            guard makingFolder, error == .noSuchFileOrDirectory else { throw .writing(path, error) }
        }
        try Folder.make(Folder.parent(of: path))
        do throws(Errno) { return try attempt() } catch { throw .writing(path, error) }
    }

    /// The file's state now.
    public var identity: FileIdentity? { (try? file.stat()).map { FileIdentity($0) } }

    /// At most `count` bytes from a position; fewer where the file ends or can't be read.
    public func bytes(at offset: Int, count: Int) -> [UInt8] {
        let count = max(0, min(count, (identity?.size ?? 0) - offset))
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[done...])
                guard let got = try? file.read(fromAbsoluteOffset: Int64(offset + done), into: rest), got > 0 else { break }
                done += got
            }
        }
    }

    /// Adds bytes behind what is there. When that fails, what was added of them is taken away again.
    ///
    /// - Throws: `FileProblem` `.unwritable` or `.noSpace`.
    public func append(_ bytes: [UInt8]) throws(FileProblem) {
        let end = identity?.size
        do throws(FileProblem) {
            try call({ .writing(path, $0) }) { try bytes.withUnsafeBytes { try file.writeEverything($0, named: path) } }
        } catch {
            if let end { cut(to: end) }
            throw error
        }
    }

    /// Drops what lies behind an offset.
    public func cut(to size: Int) { try? file.resize(to: Int64(size)) }
}
