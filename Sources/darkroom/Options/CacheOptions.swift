import ArgumentParser
import Session

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

    /// What was said of results.
    var rules: CacheRules { Self.rules(cacheDir, size: cacheSize, isOnDisk: !noCache) }

    static func rules(_ folder: String?, size: ByteSize? = nil, isOnDisk: Bool = true) -> CacheRules {
        let environment = SessionEnvironment.ofThisProcess
        let size = size ?? environment.variables["DARKROOM_CACHE_SIZE"].flatMap(ByteSize.init(argument:))
        return CacheRules(isOnDisk: isOnDisk, folder: folder, limit: size?.bytes, in: environment)
    }
}
