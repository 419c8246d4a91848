internal import Glibc
internal import SystemPackage

/// What tells one state of a file from another without reading it.
public struct FileIdentity: Sendable, Hashable {
    public enum Kind: Sendable { case regular, folder, link, other }

    public var kind: Kind
    public var size: Int
    public var device: UInt64
    public var inode: UInt64
    /// Nanoseconds since 1970 of the last change to the content.
    public var modified: Int64
    /// Time of the last change to the file or its attributes: unlike `modified`, no program can set it back.
    public var changed: Int64

    /// The file that a path names now; `nil` when there is none.
    ///
    /// - Parameter followingLinks: whether a link stands for what it leads to.
    public init?(path: String, followingLinks: Bool = true) {
        guard !path.utf8.contains(0), let status = try? FilePath(path).stat(followTargetSymlink: followingLinks) else { return nil }
        self.init(status)
    }

    init(_ status: Stat) {
        kind =
            switch status.type {
            case .regular: .regular
            case .directory: .folder
            case .symbolicLink: .link
            default: .other
            }
        size = Int(status.size)
        device = UInt64(status.deviceID.rawValue)
        inode = UInt64(status.inode.rawValue)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
    }

    /// Seconds since the content was last changed.
    public var age: Int { time(nil) - Int(modified / 1_000_000_000) }

    private static func nanoseconds(_ time: timespec) -> Int64 { Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec) }
}
