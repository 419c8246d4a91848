internal import Diffusion
internal import Networks
public import WorkflowEngine

/// Where results survive, and how much of them.
public struct CacheRules: Sendable, Hashable, Codable {
    /// Whether anything is taken from disk or kept there.
    public var isOnDisk: Bool
    /// The folder; `nil` where there is no usual one.
    public var folder: String?
    /// Bytes on disk; what saves least goes when there is more.
    public var limit: Int

    /// Room on disk when nobody says anything else.
    public static let usualLimit = 10 << 30

    /// - Parameters:
    ///   - folder: `nil`: `results` in `DARKROOM_CACHE_DIR`, else in the user's cache folder.
    ///   - limit: `nil`: the usual one.
    public init(isOnDisk: Bool = true, folder: String? = nil, limit: Int? = nil, in environment: SessionEnvironment) {
        self.isOnDisk = isOnDisk
        self.folder = folder.map(environment.absolute) ?? Self.usualFolder(environment)
        self.limit = limit ?? Self.usualLimit
    }

    /// `DARKROOM_CACHE_DIR`, else the user's cache folder.
    public static func usualFolder(_ environment: SessionEnvironment) -> String? {
        if let given = environment.folder("DARKROOM_CACHE_DIR") { return given + "/results" }
        let home = environment.folder("XDG_CACHE_HOME") ?? environment.folder("HOME").map { $0 + "/.cache" }
        return home.map { $0 + "/darkroom/results" }
    }

    /// The tier on disk; `nil` where there is none.
    public var disk: DiskCache? { isOnDisk ? folder.map { DiskCache(folder: $0, limit: limit) } : nil }

    /// The store of results. Its share of memory follows the process's budget as it is now.
    var cache: ResultCache { ResultCache(memoryBudget: min(256 << 20, MemoryBudget.limit / 8), disk: disk) }
}
