internal import Digests
internal import Foundation
internal import Synchronization

/// Digests of files by content. A file is read again only after its size, time or identity has changed.
final class FileDigests: Sendable {
    private struct Identity: Hashable {
        var device: UInt64, inode: UInt64, size: Int64, seconds: Int64, nanoseconds: Int64
    }

    private let known = Mutex<[Identity: Digest]>([:])

    /// - Throws: `NodeError.Code.unreadable` with the system's reason.
    func digest(of path: String) throws(NodeError) -> Digest {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        var info = stat()
        guard fstat(file, &info) == 0 else { throw failure(path) }
        let identity = Identity(
            device: UInt64(info.st_dev), inode: UInt64(info.st_ino), size: Int64(info.st_size),
            seconds: Int64(info.st_mtim.tv_sec), nanoseconds: Int64(info.st_mtim.tv_nsec))
        if let digest = known.withLock({ $0[identity] }) { return digest }

        var builder = DigestBuilder()
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { chunk.deallocate() }
        while true {
            let count = read(file, chunk.baseAddress, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            if count == 0 { break }
            builder.update(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
        }
        let digest = builder.finish()
        known.withLock { $0[identity] = digest }
        return digest
    }

    private func failure(_ path: String) -> NodeError {
        NodeError(.unreadable, "can't read \(path): \(String(cString: strerror(errno)))")
    }
}
