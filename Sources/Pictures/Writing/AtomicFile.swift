import Glibc

/// Files that appear under their name only when they are whole.
public enum AtomicFile {
    /// What happens when there is already a file of that name.
    public enum Existing: Sendable { case replace, refuse }

    /// Writes `bytes` to a temporary name in the same folder, syncs, and renames.
    ///
    /// The folder must exist. Nothing is left behind on failure.
    /// - Throws: `.exists` only with `Existing.refuse`; `.notWritable` for everything else.
    public static func write(
        _ bytes: UnsafeRawBufferPointer, to path: String, existing: Existing = .replace
    ) throws(PictureError) {
        func failure(_ reason: String) -> PictureError {
            PictureError(code: .notWritable, file: path, reason: "can't be written: \(reason)")
        }
        // The process number keeps processes apart, the counter threads.
        let temporary = "\(path).\(getpid())-\(counter.next()).part"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
        var problem: PictureError?
        var written = 0
        while written < bytes.count, let start = bytes.baseAddress {
            let count = Glibc.write(descriptor, start + written, bytes.count - written)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 {
                problem = failure(String(cString: strerror(errno)))
                break
            }
            written += count
        }
        if problem == nil, fsync(descriptor) != 0, errno != EINVAL, errno != EROFS {
            problem = failure(String(cString: strerror(errno)))
        }
        if close(descriptor) != 0, problem == nil { problem = failure(String(cString: strerror(errno))) }
        if problem == nil {
            switch existing {
            case .replace:
                if rename(temporary, path) != 0 { problem = failure(String(cString: strerror(errno))) }
            case .refuse:
                // A link fails where a rename would replace.
                if link(temporary, path) != 0 {
                    problem =
                        errno == EEXIST
                        ? PictureError(code: .exists, file: path, reason: "there is already a file of that name")
                        : failure(String(cString: strerror(errno)))
                }
            }
        }
        if problem != nil || existing == .refuse { unlink(temporary) }
        if let problem { throw problem }
    }

    private static let counter = Counter()
}
