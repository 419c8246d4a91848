import ArgumentParser
import Foundation
import Session
import WorkflowEngine

struct CacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "Looks after the results that survive a run.",
        discussion: "Deleting any part of it at any time changes no result, only how long the next run takes.",
        subcommands: [Info.self, List.self, Prune.self, Verify.self, Clear.self], defaultSubcommand: Info.self)

    /// Which folder.
    struct Place: ParsableArguments {
        @Option(help: ArgumentHelp("The folder ($XDG_CACHE_HOME/darkroom/results).", valueName: "dir"))
        var cacheDir: String?

        func open() throws -> DiskCache {
            guard let disk = CacheOptions.rules(cacheDir).disk else {
                throw Failure(.wrongInput, "error: there is no home folder; name a cache folder with --cache-dir")
            }
            return disk
        }
    }

    struct Info: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What is kept, and how much of it.")
        @OptionGroup var place: Place

        func run() throws {
            let info = try place.open().info()
            Terminal.output.line(info.folder)
            Terminal.output.line("  \(size(info.totalBytes)) of at most \(size(info.limit))")
            Terminal.output.line(
                "  \(info.contents) results, \(info.records) records, \(info.workflows) workflows, \(info.resumable) interrupted samplings")
            for (type, count, bytes) in info.types { Terminal.output.line("  \(type): \(count), \(size(bytes))") }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Every result: digest, type, size, cost, age, and what made it.")
        @OptionGroup var place: Place

        func run() throws {
            for entry in try place.open().list() {
                let seconds = RunDisplay.seconds(entry.seconds)
                Terminal.output.line(
                    "\(entry.digest.prefix(12))  \(entry.type)  \(size(entry.bytes))  \(seconds)  \(age(entry.age))  \(entry.node)")
            }
        }
    }

    struct Prune: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Drops what is least worth keeping until a size is met.")
        @OptionGroup var place: Place

        @Option(help: ArgumentHelp("Bytes to keep, with K, M or G: 500M.", valueName: "size"))
        var maxSize: ByteSize

        func run() throws {
            let (removed, bytes) = try place.open().prune(to: maxSize.bytes)
            Terminal.output.line("dropped \(removed) files, \(size(bytes))")
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Reads everything and names what is damaged.")
        @OptionGroup var place: Place

        func run() throws {
            let found = try place.open().verify()
            for (path, reason) in found.damaged { Terminal.output.line("damaged: \(path): \(reason)") }
            for path in found.foreign { Terminal.output.line("not ours: \(path)") }
            Terminal.output.line("\(found.checked) checked, \(found.damaged.count) damaged")
            if !found.damaged.isEmpty { throw Failure(.nodeFailed) }
        }
    }

    struct Clear: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Drops everything.")
        @OptionGroup var place: Place

        func run() throws {
            let (removed, bytes) = try place.open().clear()
            Terminal.output.line("dropped \(removed) files, \(size(bytes))")
        }
    }
}

/// A number of bytes as people write it: `500M`, `2G`, `1048576`.
struct ByteSize: ExpressibleByArgument {
    let bytes: Int

    init?(argument: String) {
        var digits = argument[...]
        if let last = digits.last, last == "B" || last == "b" { digits = digits.dropLast() }
        let shifts: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
        let shift = digits.last.flatMap { shifts[Character($0.uppercased())] }
        if shift != nil { digits = digits.dropLast() }
        guard let number = Double(digits), number >= 0, number < 1e6 || shift == nil, number < 9e18 else { return nil }
        bytes = Int(number * Double(1 << (shift ?? 0)))
    }
}

private func size(_ bytes: Int) -> String {
    switch bytes {
    case ..<10_000: "\(bytes) bytes"
    case ..<10_000_000: String(format: "%.1f kB", Double(bytes) / 1e3)
    case ..<10_000_000_000: String(format: "%.1f MB", Double(bytes) / 1e6)
    default: String(format: "%.1f GB", Double(bytes) / 1e9)
    }
}

private func age(_ seconds: Int) -> String {
    switch seconds {
    case ..<120: "\(seconds) s"
    case ..<7200: "\(seconds / 60) min"
    case ..<172_800: "\(seconds / 3600) h"
    default: "\(seconds / 86_400) d"
    }
}
