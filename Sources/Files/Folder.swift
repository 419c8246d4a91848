internal import Glibc
internal import SystemPackage

/// Making, listing and walking folders.
public enum Folder {
    /// Makes a folder and those above it; what is there already is fine.
    ///
    /// - Throws: `FileProblem` `.unwritable` or `.noSpace`.
    public static func make(_ path: String) throws(FileProblem) {
        if FileIdentity(path: path)?.kind == .folder { return }
        do throws(Errno) {
            try WriteFaults.pass(path)
            if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
            guard errno == ENOENT, !parent(of: path).isEmpty, parent(of: path) != path else { throw Errno(rawValue: errno) }
        } catch { throw unmade(path, error) }
        try make(parent(of: path))
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw unmade(path, Errno(rawValue: errno)) }
    }

    private static func unmade(_ path: String, _ error: Errno) -> FileProblem {
        var problem = FileProblem.writing(path, error)
        problem.reason = "the folder can't be made: \(error)"
        return problem
    }

    /// The folder a path lies in: `.` for a bare name, `/` at the top.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// What is in a folder, in no order; empty when it can't be read.
    public static func names(in folder: String) -> [String] {
        guard !folder.utf8.contains(0), let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Visits everything below a folder, the names of each folder in order.
    ///
    /// - Parameters:
    ///   - followingLinks: whether links to folders are entered. A folder is never entered from inside itself, so links that lead
    ///     upwards end the walk of their branch.
    ///   - depth: the deepest folder that is entered.
    ///   - visit: gets the name relative to `folder`, and what it is (a link that isn't followed is a link). Returns whether a folder
    ///     is to be entered; the walk ends when it throws.
    public static func walk(
        _ folder: String, followingLinks: Bool, depth: Int = 16,
        visit: (_ name: String, _ kind: FileIdentity.Kind) throws -> Bool
    ) rethrows {
        var above: Set<Place> = []
        try walk(folder, below: "", followingLinks, depth, &above, visit)
    }

    private struct Place: Hashable { var device: UInt64, inode: UInt64 }

    private static func walk(
        _ folder: String, below prefix: String, _ followingLinks: Bool, _ depth: Int, _ above: inout Set<Place>,
        _ visit: (String, FileIdentity.Kind) throws -> Bool
    ) rethrows {
        guard depth > 0, let here = FileIdentity(path: folder + "/" + prefix) else { return }
        let place = Place(device: here.device, inode: here.inode)
        guard above.insert(place).inserted else { return }
        defer { above.remove(place) }
        for entry in names(in: folder + "/" + prefix).sorted() {
            let name = prefix + entry
            let kind = FileIdentity(path: folder + "/" + name, followingLinks: followingLinks)?.kind ?? .other
            if try visit(name, kind), kind == .folder { try walk(folder, below: name + "/", followingLinks, depth - 1, &above, visit) }
        }
    }

    /// The path with every link resolved; `nil` when nothing is there.
    public static func realPath(_ path: String) -> String? {
        guard !path.utf8.contains(0), let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
