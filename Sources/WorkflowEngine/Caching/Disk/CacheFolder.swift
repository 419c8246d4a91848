internal import Files
internal import Glibc

/// The files of a cache: where they are, and how they are written so that nobody ever sees half of one.
///
/// ```
/// records/ab.records              key → digests, cost: a shelf of those that begin with ab
/// contents/ab/ab….safetensors     a value, by its digest
/// histories/….history             what a workflow's last run saw
/// resume/….safetensors            states of interrupted computations
/// temporary/                      files being written
/// lock                            held while evicting
/// ```
struct CacheFolder: Sendable {
    let path: String

    enum Kind: String, CaseIterable, Sendable {
        case records, contents, histories, resume

        var suffix: String {
            switch self {
            case .records: ".records"
            case .contents, .resume: ".safetensors"
            case .histories: ".history"
            }
        }

        /// Thousands of files are spread over sub-folders by the first two letters.
        var isSpread: Bool { self == .contents }
    }

    func file(_ kind: Kind, _ name: String) -> String {
        let folder = kind.isSpread ? "\(path)/\(kind.rawValue)/\(name.prefix(2))" : "\(path)/\(kind.rawValue)"
        return "\(folder)/\(name)\(kind.suffix)"
    }

    // MARK: Reading

    /// All bytes of a file, `nil` when there is none. Read, not mapped: another process may cut the file short.
    func read(_ kind: Kind, _ name: String, limit: Int = .max) -> [UInt8]? {
        try? ReadableFile.contents(of: file(kind, name), limit: limit)
    }

    func exists(_ kind: Kind, _ name: String) -> Bool { FileIdentity(path: file(kind, name)) != nil }

    /// Marks a file as used, for eviction by age. At most once a minute: it is a write.
    func touch(_ kind: Kind, _ name: String) {
        let path = file(kind, name)
        guard let identity = FileIdentity(path: path), identity.age > 60 else { return }
        utimensat(AT_FDCWD, path, nil, 0)
    }

    // MARK: Writing

    /// Writes a file under a temporary name and renames it when it is whole.
    ///
    /// - Parameter synced: wait until the bytes are on the disk before renaming. Not needed for files that carry a
    ///   checksum and cost next to nothing to lose: thousands of them are written in a run.
    /// - Throws: `FileProblem`, and whatever `body` throws.
    func write(_ kind: Kind, _ name: String, synced: Bool, _ body: (AtomicFile) throws -> Void) throws {
        let file = try AtomicFile(path: file(kind, name), temporaryFolder: "\(path)/temporary")
        try body(file)
        try file.commit(synced: synced)
    }

    func remove(_ kind: Kind, _ name: String) { unlink(file(kind, name)) }

    /// Removes what killed processes left behind: files whose process is gone, or that are an hour old.
    func removeStaleTemporaries() {
        let folder = "\(path)/temporary"
        for name in Self.names(in: folder) {
            guard let age = FileIdentity(path: "\(folder)/\(name)")?.age else { continue }
            let process = name.split(separator: "-").first.flatMap { pid_t($0) }
            let isGone = process.map { kill($0, 0) != 0 && errno == ESRCH } ?? true
            if age > 3600 || (isGone && age > 10) { unlink("\(folder)/\(name)") }
        }
    }

    // MARK: Listing

    struct Entry: Sendable {
        /// Digest, or whatever the file is called without its suffix.
        var name: String
        var bytes: Int
        /// Seconds since 1970 of the last use.
        var used: Int
    }

    /// All files of a kind; files that don't belong there are not among them.
    func entries(_ kind: Kind) -> [Entry] {
        let root = "\(path)/\(kind.rawValue)"
        let folders = kind.isSpread ? Self.names(in: root).map { "\(root)/\($0)" } : [root]
        var entries: [Entry] = []
        for folder in folders {
            for name in Self.names(in: folder) where name.hasSuffix(kind.suffix) {
                guard let identity = FileIdentity(path: "\(folder)/\(name)") else { continue }
                entries.append(
                    .init(
                        name: String(name.dropLast(kind.suffix.count)), bytes: identity.size,
                        used: Int(identity.modified / 1_000_000_000)))
            }
        }
        return entries
    }

    static func names(in folder: String) -> [String] {
        Folder.names(in: folder).filter { !$0.hasPrefix(".") }
    }
}
