internal import Glibc

/// A file that lies beside a workflow or in a folder below: the only ones that a workflow may have read.
enum NearbyFile {
    enum Refusal: Error {
        /// An absolute path, or one with `..`.
        case leadsOut
        /// A symbolic link to somewhere else.
        case linksOut
        case missing
    }

    /// The real path of a file.
    ///
    /// - Parameter folder: where the workflow lies.
    static func path(of name: String, beside folder: String) throws(Refusal) -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if name.isEmpty || name.hasPrefix("/") || parts.contains("..") || name.utf8.contains(0) { throw .leadsOut }
        func real(_ path: String) -> String? {
            guard let resolved = realpath(path, nil) else { return nil }
            defer { free(resolved) }
            return String(cString: resolved)
        }
        guard let base = real(folder), let path = real(folder + "/" + name) else { throw .missing }
        guard path.hasPrefix(base == "/" ? "/" : base + "/") else { throw .linksOut }
        return path
    }
}
