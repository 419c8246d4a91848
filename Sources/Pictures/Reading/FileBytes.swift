import Glibc

enum FileBytes {
    /// The whole content of a regular file.
    static func read(_ path: String, limit: Int) throws(PictureError) -> [UInt8] {
        func failure(_ code: PictureError.Code, _ reason: String, _ hint: String? = nil) -> PictureError {
            PictureError(code: code, file: path, reason: reason, hint: hint)
        }
        // Non-blocking: opening a pipe that nobody writes to must not hang.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(errno == ENOENT ? .notFound : .notReadable, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(.notReadable, String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw failure(.notReadable, "not a file but a folder or device") }
        let size = Int(status.st_size)
        guard size <= limit else {
            throw failure(.tooLarge, "the file has \(size) bytes, at most \(limit) are accepted")
        }
        var problem: PictureError?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { problem = failure(.notReadable, String(cString: strerror(errno))) }
                if got <= 0 { break }
                count += got
            }
        }
        if let problem { throw problem }
        return bytes
    }
}
