internal import Foundation

/// Files that appear under their final name only when they are whole.
enum AtomicFile {
    /// Writes `bytes` beside `path` under a temporary name and moves them into place.
    ///
    /// - Parameter replacing: whether a file that is there is replaced; otherwise it is left alone.
    /// - Returns: whether the file is in place; false only if one was there and `replacing` is false.
    /// - Throws: `NodeError.Code.unwritable` with the system's reason. Nothing of the attempt is left then.
    static func write(_ bytes: Data, to path: String, replacing: Bool) throws(NodeError) -> Bool {
        let (folder, name) = split(path)
        let temporary = "\(folder)/.\(name.prefix(100)).\(getpid()).\(UInt32.random(in: 0 ... .max)).part"
        // O_EXCL and O_NOFOLLOW: never through a link that somebody put there.
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure(path) }
        defer { unlink(temporary) }
        do {
            defer { close(file) }
            try write(bytes, to: file, path: path)
            guard fsync(file) == 0 || errno == EINVAL else { throw failure(path) }
        }
        if !replacing {
            // A link fails where a name exists, even when another process has just taken it.
            if link(temporary, path) == 0 { return true }
            if errno == EEXIST { return false }
            // Some file systems have no hard links; there a look must do.
            if access(path, F_OK) == 0 { return false }
        }
        guard rename(temporary, path) == 0 else { throw failure(path) }
        return true
    }

    private static func write(_ bytes: Data, to file: Int32, path: String) throws(NodeError) {
        let problem: NodeError? = bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                guard let start = buffer.baseAddress else { return nil }
                let count = Glibc.write(file, start + done, buffer.count - done)
                if count > 0 { done += count } else if errno != EINTR { return failure(path) }
            }
            return nil
        }
        if let problem { throw problem }
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    private static func failure(_ path: String) -> NodeError {
        NodeError(.unwritable, "can't write \(path): \(String(cString: strerror(errno)))")
    }
}
