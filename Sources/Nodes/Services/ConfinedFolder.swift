internal import Foundation

/// A folder that names from a workflow can't lead out of.
///
/// A workflow is somebody else's file: absolute paths, `..` and links that point elsewhere are refused, whether the
/// file is read or written.
public struct ConfinedFolder: Sendable, Hashable {
    /// The folder's path, as it was given.
    public let path: String
    /// What the folder is called in messages: "input folder", "output folder".
    public let label: String

    public init(path: String, label: String) {
        self.path = path
        self.label = label
    }

    /// The path of `name` below this folder; nothing needs to exist there.
    ///
    /// - Parameter name: a relative path with `/` between its parts.
    /// - Throws: `NodeError.Code.outsideFolder` if the name is empty, absolute, holds `..` or a zero byte, or passes a
    ///   link that leads out.
    public func resolve(_ name: String) throws(NodeError) -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: true)
        let problem: String? =
            if parts.allSatisfy({ $0 == "." }) { "names no file" } else if name.hasPrefix("/") {
                "is an absolute path"
            } else if parts.contains("..") { "leads upwards with .." } else if name.utf8.contains(0) { "holds a zero byte" } else { nil }
        if let problem { throw outside(name, problem) }

        let full = ([path] + parts.filter { $0 != "." }.map(String.init)).joined(separator: "/")
        // What exists of the path decides; what doesn't exist yet can't be a link.
        guard let root = Self.canonical(path) else { return full }
        var existing = full
        while existing.count > path.count {
            if let real = Self.canonical(existing) {
                guard real == root || real.hasPrefix(root == "/" ? "/" : root + "/") else {
                    throw outside(name, "passes a link that leads to \(real)")
                }
                break
            }
            // A dangling link has no canonical path and yet decides where a write would go.
            if Self.isLink(existing) { throw outside(name, "passes a link that leads nowhere") }
            existing = String(existing[..<(existing.lastIndex(of: "/") ?? existing.startIndex)])
        }
        return full
    }

    private func outside(_ name: String, _ problem: String) -> NodeError {
        NodeError(
            .outsideFolder, "\"\(name.prefix(80))\" \(problem); names stay inside the \(label)",
            hint: "use a name relative to \(path)")
    }

    private static func canonical(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private static func isLink(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFLNK
    }
}
