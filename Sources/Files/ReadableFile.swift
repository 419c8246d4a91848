internal import Glibc
internal import SystemPackage

/// A file open for reading; closed with the value.
public struct ReadableFile: ~Copyable {
    public let path: String
    /// As it was when the file was opened.
    public let identity: FileIdentity
    private let file: FileDescriptor

    /// Opens a file.
    ///
    /// - Parameter regularOnly: refuses folders, devices and pipes, and never waits for somebody to write into a pipe.
    /// - Throws: `FileProblem` `.notFound`, `.unreadable` or `.notRegular`.
    public init(_ path: String, regularOnly: Bool = true) throws(FileProblem) {
        guard !path.utf8.contains(0) else { throw .reading(path, .noSuchFileOrDirectory) }
        let options: FileDescriptor.OpenOptions = regularOnly ? [.closeOnExec, .nonBlocking] : [.closeOnExec]
        let (file, identity) = try Self.open(path, options)
        if regularOnly, identity.kind != .regular {
            try? file.close()
            throw FileProblem(.notRegular, path: path, reason: "not a file but a folder or device")
        }
        (self.path, self.file, self.identity) = (path, file, identity)
    }

    private static func open(
        _ path: String, _ options: FileDescriptor.OpenOptions
    ) throws(FileProblem) -> (FileDescriptor, FileIdentity) {
        let file = try call({ .reading(path, $0) }) { try FileDescriptor.open(FilePath(path), .readOnly, options: options) }
        do { return (file, FileIdentity(try file.stat())) } catch {
            try? file.close()
            throw .reading(path, error)
        }
    }

    deinit { try? file.close() }

    /// The descriptor, for calls that need it (`mmap`); it stays open as long as this value lives.
    public var descriptor: Int32 { file.rawValue }

    /// The file's state now.
    ///
    /// - Throws: `FileProblem` `.unreadable`.
    public func currentIdentity() throws(FileProblem) -> FileIdentity {
        FileIdentity(try call({ .reading(path, $0) }) { try file.stat() })
    }

    // MARK: Reading

    /// Fills a buffer from a position; fewer bytes only where the file ends.
    ///
    /// - Returns: how many bytes there were.
    /// - Throws: `FileProblem` `.unreadable`.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileProblem) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try call({ .reading(path, $0) }) { try file.read(fromAbsoluteOffset: Int64(offset + done), into: rest) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// At most `count` bytes from a position; memory is taken for what is really there.
    ///
    /// - Throws: `FileProblem` `.unreadable`.
    public func bytes(at offset: Int = 0, count: Int) throws(FileProblem) -> [UInt8] {
        let count = max(0, min(count, try currentIdentity().size - offset))
        var problem: FileProblem?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            do throws(FileProblem) { done = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset) } catch { problem = error }
        }
        if let problem { throw problem }
        return bytes
    }

    /// Everything, piece by piece, in order: memory is taken for a piece only.
    ///
    /// - Throws: `FileProblem` `.unreadable`, and whatever `body` throws.
    public func forEachPiece(of size: Int = 1 << 20, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        posix_fadvise(file.rawValue, 0, 0, POSIX_FADV_SEQUENTIAL)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        defer { buffer.deallocate() }
        var offset = 0
        while true {
            let count = try read(into: buffer, at: offset)
            if count > 0 { try body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
            offset += count
            if count < size { return }
        }
    }

    /// Everything there is, from the beginning; of a pipe, until its writer closes it.
    ///
    /// - Parameter limit: the most bytes that are read, whatever the file claims to be.
    /// - Throws: `FileProblem` `.overLimit` when there is more, `.unreadable`.
    public func contents(limit: Int) throws(FileProblem) -> [UInt8] {
        if identity.kind == .regular, identity.size > 0 {
            guard identity.size <= limit else { throw overLimit("the file has \(identity.size) bytes", limit) }
            return try bytes(count: identity.size)
        }
        // Files of the system (/proc) say that they are empty, and pipes don't say anything.
        var bytes: [UInt8] = []
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = try call({ .reading(path, $0) }) { try file.read(into: piece) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: piece[..<count])
            guard bytes.count <= limit else { throw overLimit("there are more than \(limit) bytes", limit) }
        }
    }

    private func overLimit(_ found: String, _ limit: Int) -> FileProblem {
        FileProblem(.overLimit, path: path, reason: "\(found), at most \(limit) are accepted")
    }
}

extension ReadableFile {
    /// The whole content of a file.
    ///
    /// - Parameters:
    ///   - limit: the most bytes that are read.
    ///   - regularOnly: whether pipes and devices are refused.
    /// - Throws: `FileProblem`.
    public static func contents(of path: String, limit: Int, regularOnly: Bool = true) throws(FileProblem) -> [UInt8] {
        try ReadableFile(path, regularOnly: regularOnly).contents(limit: limit)
    }

    /// The whole content of a text file, without a byte order mark; `nil` when it isn't UTF-8.
    ///
    /// - Throws: `FileProblem`.
    public static func text(of path: String, limit: Int, regularOnly: Bool = true) throws(FileProblem) -> String? {
        var bytes = try contents(of: path, limit: limit, regularOnly: regularOnly)[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        return String(validating: bytes, as: UTF8.self)
    }
}
