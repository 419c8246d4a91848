internal import Glibc
internal import Synchronization

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

    /// A system call that failed.
    struct Failure: Error, CustomStringConvertible {
        var call: String
        var path: String
        var code: Int32
        var description: String { "\(call) \(path): \(String(cString: strerror(code)))" }
        /// Nothing can be written here, now or later.
        var isPermanent: Bool { code == EACCES || code == EROFS || code == EPERM || code == ENOTDIR }
        var isFull: Bool { code == ENOSPC || code == EDQUOT }
    }

    func file(_ kind: Kind, _ name: String) -> String {
        let folder = kind.isSpread ? "\(path)/\(kind.rawValue)/\(name.prefix(2))" : "\(path)/\(kind.rawValue)"
        return "\(folder)/\(name)\(kind.suffix)"
    }

    // MARK: Reading

    /// All bytes of a file, `nil` when there is none. Read, not mapped: another process may cut the file short.
    func read(_ kind: Kind, _ name: String, limit: Int = .max) -> [UInt8]? {
        let descriptor = open(file(kind, name), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_size >= 0, information.st_size <= limit else { return nil }
        let size = Int(information.st_size)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
                if got < 0, errno == EINTR { continue }
                if got <= 0 { break }
                count += got
            }
        }
    }

    /// The first bytes of a file, enough for any header of ours; `nil` when there is none.
    func readBeginning(_ kind: Kind, _ name: String) -> [UInt8]? {
        let descriptor = open(file(kind, name), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let size = 1 << 16
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = max(0, Glibc.read(descriptor, buffer.baseAddress, size))
        }
    }

    func exists(_ kind: Kind, _ name: String) -> Bool { access(file(kind, name), F_OK) == 0 }

    /// Marks a file as used, for eviction by age. At most once a minute: it is a write.
    func touch(_ kind: Kind, _ name: String) {
        let path = file(kind, name)
        var information = stat()
        guard stat(path, &information) == 0, time(nil) - information.st_mtim.tv_sec > 60 else { return }
        utimensat(AT_FDCWD, path, nil, 0)
    }

    // MARK: Writing

    private static let counter = Atomic<UInt64>(0)

    /// Writes a file under a temporary name and renames it when it is whole.
    ///
    /// - Parameter synced: wait until the bytes are on the disk before renaming. Not needed for files that carry a
    ///   checksum and cost next to nothing to lose: thousands of them are written in a run.
    func write(_ kind: Kind, _ name: String, synced: Bool, _ body: (inout FileWriter) throws -> Void) throws {
        let number = Self.counter.add(1, ordering: .relaxed).newValue
        let temporary = "\(path)/temporary/\(getpid())-\(number)-\(UInt32.random(in: 0 ... .max))"
        let descriptor = try create(temporary)
        var isOpen = true, isRenamed = false
        defer {
            if isOpen { close(descriptor) }
            if !isRenamed { unlink(temporary) }
        }
        var writer = FileWriter(descriptor: descriptor, path: temporary)
        try body(&writer)
        try writer.flush()
        if synced, fsync(descriptor) != 0 { throw Failure(call: "sync", path: temporary, code: errno) }
        isOpen = false
        guard close(descriptor) == 0 else { throw Failure(call: "close", path: temporary, code: errno) }
        let target = file(kind, name)
        if rename(temporary, target) != 0 {
            guard errno == ENOENT else { throw Failure(call: "rename to", path: target, code: errno) }
            try makeFolder(String(target[..<(target.lastIndex(of: "/") ?? target.endIndex)]))
            guard rename(temporary, target) == 0 else { throw Failure(call: "rename to", path: target, code: errno) }
        }
        isRenamed = true
    }

    /// A new file, and the folder for it if it is the first.
    private func create(_ path: String) throws(Failure) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        var descriptor = open(path, flags, 0o644)
        if descriptor < 0, errno == ENOENT {
            try makeFolder("\(self.path)/temporary")
            descriptor = open(path, flags, 0o644)
        }
        guard descriptor >= 0 else { throw Failure(call: "create", path: path, code: errno) }
        return descriptor
    }

    /// Makes a folder and those above it.
    func makeFolder(_ folder: String) throws(Failure) {
        if mkdir(folder, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = folder.lastIndex(of: "/"), slash != folder.startIndex else {
            throw Failure(call: "make folder", path: folder, code: errno)
        }
        try makeFolder(String(folder[..<slash]))
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
            throw Failure(call: "make folder", path: folder, code: errno)
        }
    }

    func remove(_ kind: Kind, _ name: String) { unlink(file(kind, name)) }

    /// Removes what killed processes left behind: files whose process is gone, or that are an hour old.
    func removeStaleTemporaries() {
        let folder = "\(path)/temporary"
        let now = time(nil)
        for name in Self.names(in: folder) {
            var information = stat()
            guard stat("\(folder)/\(name)", &information) == 0 else { continue }
            let age = now - information.st_mtim.tv_sec
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
                var information = stat()
                guard stat("\(folder)/\(name)", &information) == 0 else { continue }
                entries.append(
                    .init(
                        name: String(name.dropLast(kind.suffix.count)), bytes: Int(information.st_size),
                        used: information.st_mtim.tv_sec))
            }
        }
        return entries
    }

    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}

/// Bytes on their way into a file, gathered into larger pieces.
struct FileWriter {
    private let descriptor: Int32
    private let path: String
    private var pending: [UInt8] = []

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    mutating func write(_ bytes: [UInt8]) throws {
        pending += bytes
        if pending.count > 1 << 16 { try flush() }
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
        try flush()
        try put(bytes)
    }

    mutating func flush() throws {
        try pending.withUnsafeBytes { try put($0) }
        pending.removeAll(keepingCapacity: true)
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw CacheFolder.Failure(call: "write", path: path, code: errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }
}
