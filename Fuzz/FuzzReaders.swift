import Foundation

/// Feeds damaged files to a reader, and reports how many it refused. It must neither crash nor hang nor take all memory.
///
///     fuzz-readers safetensors CORPUS… [--count 100000] [--seconds 300] [--seed 1]
///
/// Built with libFuzzer (see `Fuzz/README.md`) it takes libFuzzer's arguments instead: `fuzz-readers safetensors CORPUS_FOLDER`.
@main
struct FuzzReaders {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let first = arguments.first, let reader = Reader(rawValue: first) else {
            print(
                "usage: fuzz-readers \(Reader.allCases.map(\.rawValue).joined(separator: "|")) CORPUS… [--count N] [--seconds S] [--seed N]"
            )
            exit(2)
        }
        #if LIBFUZZER
            runLibFuzzer(reader, arguments: Array(arguments.dropFirst()))
        #else
            var options = ["--count": 100_000, "--seconds": Int.max, "--seed": 1]
            var paths: [String] = []
            var rest = arguments.dropFirst()
            while let argument = rest.popFirst() {
                if options[argument] != nil, let value = rest.popFirst().flatMap({ Int($0) }) {
                    options[argument] = value
                } else {
                    paths.append(argument)
                }
            }
            let corpus = files(paths)
            guard !corpus.isEmpty else {
                print("no files to begin with")
                exit(2)
            }
            run(reader, corpus, count: options["--count"] ?? 0, seconds: options["--seconds"] ?? 0, seed: options["--seed"] ?? 1)
        #endif
    }

    /// Files, and all files below folders, up to a size with which many can be tried.
    private static func files(_ paths: [String]) -> [[UInt8]] {
        paths.flatMap { path -> [String] in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else { return [path] }
            return (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).sorted().map { path + "/" + $0 }
        }.compactMap { FileManager.default.contents(atPath: $0).map { Array($0.prefix(1 << 18)) } }
    }

    private static func run(_ reader: Reader, _ corpus: [[UInt8]], count: Int, seconds: Int, seed: Int) {
        let clock = ContinuousClock()
        let start = clock.now
        let end = seconds == .max ? nil : start + .seconds(seconds)
        var accepted = 0
        var done = 0
        var slowest = Duration.zero
        while done < count {
            // Each input by its own number, so that one can be tried again alone.
            var mutator = Mutator(seed: UInt64(seed + done))
            let bytes = mutator.mutated(corpus[mutator.below(corpus.count)], with: corpus[mutator.below(corpus.count)])
            let before = clock.now
            if bytes.withUnsafeBytes({ reader.read($0) }) { accepted += 1 }
            let taken = clock.now - before
            if taken > slowest {
                slowest = taken
                if taken > .seconds(1) { print("input \(seed + done): \(taken) for \(bytes.count) bytes") }
            }
            done += 1
            if let end, clock.now >= end { break }
        }
        print("\(reader.rawValue): \(done) executions in \(clock.now - start), \(accepted) accepted, slowest \(slowest)")
    }
}
