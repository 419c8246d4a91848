/// Names that can't lead out of a folder: absolute paths, `..` and links that point elsewhere are refused.
public enum ConfinedPath {
    /// Why a name is refused.
    public enum Refusal: Error, Equatable {
        case namesNothing, absolute, upwards, zeroByte
        /// It passes a link that leads out of the folder.
        case linkOut(to: String)
        /// It passes a link that leads nowhere, and yet decides where a write would go.
        case linkNowhere
        /// Nothing is there.
        case missing

        /// What the name does, to follow it in a sentence.
        public var text: String {
            switch self {
            case .namesNothing: "names no file"
            case .absolute: "is an absolute path"
            case .upwards: "leads upwards with .."
            case .zeroByte: "holds a zero byte"
            case .linkOut(let real): "passes a link that leads to \(real)"
            case .linkNowhere: "passes a link that leads nowhere"
            case .missing: "isn't there"
            }
        }
    }

    /// The parts of a name, if it can't lead upwards.
    ///
    /// - Parameter name: relative, with `/` between its parts.
    public static func parts(of name: String) throws(Refusal) -> [Substring] {
        let parts = name.split(separator: "/", omittingEmptySubsequences: true).filter { $0 != "." }
        if parts.isEmpty { throw .namesNothing }
        if name.hasPrefix("/") { throw .absolute }
        if parts.contains("..") { throw .upwards }
        if name.utf8.contains(0) { throw .zeroByte }
        return parts
    }

    /// The path of a name below a folder; nothing needs to exist there.
    public static func resolve(_ name: String, in folder: String) throws(Refusal) -> String {
        let parts = try parts(of: name)
        let full = ([folder] + parts.map(String.init)).joined(separator: "/")
        // What exists of the path decides; what doesn't exist yet can't be a link.
        guard let root = Folder.realPath(folder) else { return full }
        var existing = full
        while existing.utf8.count > folder.utf8.count {
            if let real = Folder.realPath(existing) {
                guard real == root || isBelow(real, root) else { throw .linkOut(to: real) }
                break
            }
            if FileIdentity(path: existing, followingLinks: false)?.kind == .link { throw .linkNowhere }
            existing = String(existing[..<(existing.lastIndex(of: "/") ?? existing.startIndex)])
        }
        return full
    }

    /// The real path of what a name means, links resolved.
    ///
    /// - Throws: `.missing` when nothing is there.
    public static func realPath(of name: String, in folder: String) throws(Refusal) -> String {
        _ = try parts(of: name)
        guard let root = Folder.realPath(folder), let real = Folder.realPath(folder + "/" + name) else { throw .missing }
        guard isBelow(real, root) else { throw .linkOut(to: real) }
        return real
    }

    private static func isBelow(_ path: String, _ root: String) -> Bool { path.hasPrefix(root == "/" ? "/" : root + "/") }
}
