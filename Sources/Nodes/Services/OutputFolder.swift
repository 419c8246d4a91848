internal import Problems
internal import Files
public import Foundation

/// A folder that results are written to, under names that continue from what is there.
public struct OutputFolder: Sendable {
    public let folder: ConfinedFolder

    public init(path: String, label: String = "output folder") {
        folder = ConfinedFolder(path: path, label: label)
    }

    /// The names that a prefix stands for: `<sub-folder>/<base>_00001_.<extension>` and so on.
    ///
    /// Source: ComfyUI's rules for `filename_prefix`, so that both programs can share a folder.
    public struct Series: Sendable, Hashable {
        /// Relative to the output folder, empty for the folder itself.
        public var subfolder: String
        /// The file name's beginning; may hold `%batch_num%`.
        public var base: String
        /// Number of the next file: one more than the highest that is there.
        public var next: Int

        /// The name of an item's file, relative to the output folder.
        func name(number: Int, batchIndex: Int, extension ending: String) -> String {
            let name = fileName(number: number, batchIndex: batchIndex, extension: ending)
            return subfolder.isEmpty ? name : subfolder + "/" + name
        }

        /// The file name of an item.
        ///
        /// - Parameters:
        ///   - number: `next` for the first item, rising.
        ///   - batchIndex: place of the item in its batch, from 0.
        func fileName(number: Int, batchIndex: Int, extension ending: String) -> String {
            let digits = String(number)
            let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
            return base.replacing("%batch_num%", with: String(batchIndex)) + "_\(padded)_.\(ending)"
        }
    }

    /// What `prefix` stands for now.
    ///
    /// - Parameters:
    ///   - width, height: of the picture, for `%width%` and `%height%`.
    ///   - date: for `%year%` … `%second%`, in local time.
    /// - Throws: `NodeError.Code.outsideFolder` if the prefix leads out of the folder.
    public func series(
        prefix: String, width: Int = 0, height: Int = 0, date: Date = Date()
    ) throws(NodeError) -> Series {
        let (subfolder, base) = try place(of: Self.fill(prefix, width: width, height: height, date: date))
        let path = subfolder.isEmpty ? folder.path : folder.path + "/" + subfolder
        let entries = Folder.names(in: path)
        AtomicFile.removeLeftovers(among: entries, in: path)
        let highest = entries.compactMap { Self.number(in: $0, base: base) }.max() ?? 0
        return Series(subfolder: subfolder, base: base, next: highest + 1)
    }

    /// Whether results may be saved under a prefix, before there are any.
    ///
    /// - Throws: `NodeError.Code.outsideFolder` if the prefix leads out of the folder, or its name is longer than file systems take.
    func check(prefix: String) throws(NodeError) { _ = try place(of: Self.fill(prefix, width: 1, height: 1, date: Date())) }

    /// Whether files can be made here, before anything is computed for them. The folder needn't exist.
    ///
    /// - Throws: `NodeError.Code.unwritable`.
    public func checkWritable() throws(NodeError) {
        var path = folder.path
        while FileIdentity(path: path) == nil, path != "/", path != "." {
            if FileIdentity(path: path, followingLinks: false)?.kind == .link {
                throw NodeError(.unwritable, "\(path) is a link that leads nowhere", hint: "name another folder with --output-dir")
            }
            path = Folder.parent(of: path)
        }
        if let identity = FileIdentity(path: path), identity.kind != .folder {
            throw NodeError(.unwritable, "\(path) is no folder", hint: "name another folder with --output-dir")
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw NodeError(
                .unwritable, "\(path) can't be written to: \(String(cString: strerror(errno)))",
                hint: "name another folder with --output-dir, or change its permissions")
        }
    }

    /// A prefix, normalised as ComfyUI does: `sub/` is `sub`, `a/../b` is `b`.
    private func place(of prefix: String) throws(NodeError) -> (subfolder: String, base: String) {
        var parts: [Substring] = []
        for part in prefix.split(separator: "/", omittingEmptySubsequences: true) where part != "." {
            // One that leads out keeps its dots, and is refused below.
            if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
        }
        let name = (prefix.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
        _ = try folder.resolve(name.isEmpty ? "_" : name + (name.hasSuffix("..") ? "/_" : "_"))
        if let long = parts.first(where: { $0.utf8.count > Self.longestName }) {
            throw NodeError(
                .outsideFolder, "\"\(long.prefix(40))…\" has \(long.utf8.count) bytes; a file's name has \(Self.longestName) at most",
                hint: "use a shorter filename_prefix")
        }
        return (parts.dropLast().joined(separator: "/"), String(parts.last ?? ""))
    }

    /// Of 255 bytes, what a number and an ending leave.
    private static let longestName = 230

    /// Writes a file of its own under the next free number of a prefix.
    ///
    /// - Returns: the absolute path.
    /// - Throws: `NodeError` if the prefix leads out of the folder or nothing can be written.
    public func write(_ bytes: [UInt8], prefix: String, extension ending: String) throws(NodeError) -> String {
        let series = try series(prefix: prefix)
        return try write(bytes, series: series, from: series.next, batchIndex: 0, extension: ending).path
    }

    /// Writes an item of a series under the first free number from `number` on.
    ///
    /// - Parameter begun: told each number before a file of it may appear; the last one is the file's.
    /// - Returns: absolute path and number of the file.
    /// - Throws: `NodeError` if the folder can't be made or written.
    func write(
        _ bytes: [UInt8], series: Series, from number: Int, batchIndex: Int, extension ending: String, begun: (Int) -> Void = { _ in }
    ) throws(NodeError) -> (path: String, number: Int) {
        do {
            return try write(series: series, from: number, batchIndex: batchIndex, extension: ending, begun: begun) { try $0.write(bytes) }
        } catch let error as NodeError {
            throw error
        } catch {
            throw NodeError(.unwritable, "\(folder.path): \(error)")
        }
    }

    /// Writes an item piece by piece: for files that don't fit into memory.
    ///
    /// - Parameter content: writes everything; called again in the rare case that another program took the number.
    /// - Throws: `NodeError` if the folder can't be made or written, and whatever `content` throws.
    func write(
        series: Series, from number: Int, batchIndex: Int = 0, extension ending: String, begun: (Int) -> Void = { _ in },
        content: (AtomicFile) throws -> Void
    ) throws -> (path: String, number: Int) {
        var number = number
        while true {
            let path = try folder.resolve(series.name(number: number, batchIndex: batchIndex, extension: ending))
            try makeFolder(of: path)
            begun(number)
            // With %batch_num% the numbers restart every time, and files of the run before are replaced.
            let replacing = series.base.contains("%batch_num%")
            let written: Bool
            do {
                let file = try AtomicFile(path: path)
                try content(file)
                written = try file.commit(replacing: replacing)
            } catch let error as FileProblem where [.unwritable, .noSpace].contains(error.code) {
                throw NodeError(.unwritable, "\(path) \(error.reason)", hint: error.hint)
            }
            if written {
                return (URL(fileURLWithPath: path).standardizedFileURL.path, number)
            }
            number += 1
        }
    }

    private func makeFolder(of path: String) throws(NodeError) {
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        guard access(parent, W_OK) != 0 else { return }
        do throws(FileProblem) { try Folder.make(parent) } catch {
            throw NodeError(.unwritable, "can't make the folder \(parent): \(error.systemReason)", hint: error.hint)
        }
    }

    /// The number after `<base>_`, up to the next `_`; 0 if there is something else, nil for other files.
    static func number(in name: String, base: String) -> Int? {
        guard name.hasPrefix(base + "_") else { return nil }
        let rest = name.dropFirst(base.count + 1)
        return Int(rest.prefix { $0 != "_" }) ?? 0
    }

    private static func fill(_ prefix: String, width: Int, height: Int, date: Date) -> String {
        guard prefix.contains("%") else { return prefix }
        let parts = Calendar(identifier: .gregorian)
            .dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        func two(_ value: Int?) -> String { (value ?? 0) < 10 ? "0\(value ?? 0)" : "\(value ?? 0)" }
        let values = [
            ("width", "\(width)"), ("height", "\(height)"), ("year", "\(parts.year ?? 0)"),
            ("month", two(parts.month)), ("day", two(parts.day)), ("hour", two(parts.hour)),
            ("minute", two(parts.minute)), ("second", two(parts.second)),
        ]
        return values.reduce(prefix) { $0.replacing("%\($1.0)%", with: $1.1) }
    }
}
