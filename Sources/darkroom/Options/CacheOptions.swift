import ArgumentParser
import Diffusion
import Foundation
import WorkflowEngine

/// Where results survive the process.
struct CacheOptions: ParsableArguments {
    @Flag(help: "Take nothing from earlier runs, and keep nothing for later ones.")
    var noCache = false

    @Option(help: ArgumentHelp("Where results are kept ($XDG_CACHE_HOME/darkroom/results).", valueName: "dir"))
    var cacheDir: String?

    @Option(
        help: ArgumentHelp(
            "Room for results on disk, as in 20G or 500M; what saves least goes when it is full (DARKROOM_CACHE_SIZE, 10G).",
            valueName: "size"))
    var cacheSize: ByteSize?

    /// The store of results, in memory and (unless it isn't wanted) on disk. Follows `--memory` as it is now.
    var cache: ResultCache {
        ResultCache(
            memoryBudget: min(256 << 20, MemoryBudget.limit / 8), disk: noCache ? nil : Self.disk(cacheDir, size: cacheSize))
    }

    /// The disk tier in a folder, or in the usual one; nil where there is no usual one.
    static func disk(_ folder: String?, size: ByteSize? = nil) -> DiskCache? {
        let size = size ?? ProcessInfo.processInfo.environment["DARKROOM_CACHE_SIZE"].flatMap(ByteSize.init(argument:))
        return (folder ?? usualFolder).map { DiskCache(folder: $0, limit: size?.bytes ?? 10 << 30) }
    }

    /// `DARKROOM_CACHE_DIR`, else the user's cache folder.
    static var usualFolder: String? {
        func folder(_ name: String) -> String? {
            // A relative path would be another one in every working folder.
            ProcessInfo.processInfo.environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        if let given = folder("DARKROOM_CACHE_DIR") { return given + "/results" }
        return (folder("XDG_CACHE_HOME") ?? folder("HOME").map { $0 + "/.cache" }).map { $0 + "/darkroom/results" }
    }
}
