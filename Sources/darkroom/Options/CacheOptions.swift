import ArgumentParser
import Foundation
import WorkflowEngine

/// Where results survive the process.
struct CacheOptions: ParsableArguments {
    @Flag(help: "Take nothing from earlier runs, and keep nothing for later ones.")
    var noCache = false

    @Option(help: ArgumentHelp("Where results are kept ($XDG_CACHE_HOME/darkroom/results).", valueName: "dir"))
    var cacheDir: String?

    /// The store of results, in memory and (unless it isn't wanted) on disk.
    var cache: ResultCache { ResultCache(disk: noCache ? nil : Self.disk(cacheDir)) }

    /// The disk tier in a folder, or in the usual one; nil where there is no usual one.
    static func disk(_ folder: String?) -> DiskCache? { (folder ?? usualFolder).map { DiskCache(folder: $0) } }

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
