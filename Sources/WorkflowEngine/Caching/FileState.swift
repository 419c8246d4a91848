internal import Digests
internal import Files

/// The folders that results are written to now, and what lies in them.
///
/// No key and no record names a folder of this machine. A result is the same wherever it was made; its files are looked for below the
/// present folders, by name and content, and a node whose file isn't there writes it again.
struct OutputPlaces {
    private let folders: [OutputFile.Kind: String]
    /// Tells these folders from others.
    let digest: Digest

    init(_ library: any NodeLibrary) {
        var folders: [OutputFile.Kind: String] = [:]
        var builder = DigestBuilder()
        for kind in OutputFile.Kind.allCases {
            let folder = library.outputFolder(for: kind)
            folders[kind] = folder
            builder.add(kind.rawValue)
            if let folder { builder.add(folder) } else { builder.addNone() }
        }
        self.folders = folders
        digest = builder.finish()
    }

    /// Files larger than this aren't hashed: saved models.
    private static let largestHashed = 64 << 20

    /// The files as they are now; `nil` when one isn't there, which then can't be vouched for later.
    func written(_ files: [OutputFile]) -> WrittenFiles? {
        var written: [WrittenFile] = []
        for file in files {
            guard let (size, modified) = Self.state(file.path) else { return nil }
            var path = file.path
            if let folder = folders[file.kind], path.hasPrefix(folder + "/") { path.removeFirst(folder.utf8.count + 1) }
            written.append(
                WrittenFile(
                    path: path, kind: file.kind, size: size, modified: modified,
                    content: size <= Self.largestHashed ? Self.content(file.path) : nil))
        }
        return WrittenFiles(place: digest, files: written)
    }

    /// Where a file would lie now.
    func file(_ written: WrittenFile) -> OutputFile {
        let path = written.path.hasPrefix("/") ? written.path : (folders[written.kind] ?? "") + "/" + written.path
        return OutputFile(path: path, kind: written.kind)
    }

    /// What is here of a record's files.
    enum Finding {
        case intact([OutputFile])
        case gone(path: String)
    }

    /// Looks for the files written into these folders, else for the same files written elsewhere and brought here.
    func find(_ record: ResultRecord) -> Finding {
        guard let last = record.files.first else { return .intact([]) }
        let own = record.files.first { $0.place == digest }
        for candidate in [own].compactMap(\.self) + record.files.filter({ $0.place != digest }) {
            if candidate.files.allSatisfy(isIntact) { return .intact(candidate.files.map(file)) }
        }
        let missing = (own ?? last).files.first { !isIntact($0) }
        return .gone(path: missing.map { file($0).path } ?? "")
    }

    /// Whether the file is still the one that was written: untouched since, or the same bytes.
    private func isIntact(_ written: WrittenFile) -> Bool {
        let path = file(written).path
        guard let (size, modified) = Self.state(path), size == written.size else { return false }
        if modified == written.modified { return true }
        guard let content = written.content else { return false }
        return Self.content(path) == content
    }

    private static func state(_ path: String) -> (size: Int64, modified: Int64)? {
        guard let identity = FileIdentity(path: path), identity.kind == .regular else { return nil }
        return (Int64(identity.size), identity.modified)
    }

    private static func content(_ path: String) -> Digest? {
        var builder = DigestBuilder()
        do { try ReadableFile(path).forEachPiece { builder.update($0) } } catch { return nil }
        return builder.finish()
    }
}

extension ResultRecord {
    /// How many sets of folders a record remembers.
    private static let mostPlaces = 8

    /// With what earlier runs wrote into other folders, so that each of them keeps its own.
    mutating func keep(_ earlier: ResultRecord?) {
        guard let now = files.first else { return }
        files += (earlier?.files ?? []).filter { $0.place != now.place }.prefix(Self.mostPlaces - 1)
    }
}
