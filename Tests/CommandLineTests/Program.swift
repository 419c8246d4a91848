import Foundation

/// The built program, called as a person calls it.
struct Program {
    /// A folder of its own, where the program runs; removed with the last reference.
    let folder: Folder

    final class Folder: Sendable {
        let path: String
        init() throws {
            let url = FileManager.default.temporaryDirectory.appending(path: "darkroom-cli-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            path = url.path
        }
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    init() throws { folder = try Folder() }

    struct Outcome {
        var status: Int32
        var output: String
        var error: String
        /// Lines of stdout.
        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// Beside the test bundle, where the build leaves both.
    static var path: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "darkroom").path
    }

    /// The project's own folder.
    static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// How a run is ended from outside, and when.
    struct Stop {
        var signal: Int32
        /// Asked every few milliseconds.
        var isDue: () throws -> Bool
    }

    /// Runs the program to its end.
    ///
    /// - Parameter interruptAfter: sends Ctrl-C as soon as this text shows on stderr.
    @discardableResult
    func run(
        _ arguments: String..., environment: [String: String] = [:], interruptAfter text: String? = nil
    ) throws -> Outcome {
        let errors = folder.path + "/.stderr"
        return try run(
            arguments, environment: environment,
            stop: text.map { text in
                Stop(signal: SIGINT) { try String(contentsOfFile: errors, encoding: .utf8).contains(text) }
            })
    }

    /// Runs the program to its end, or to the end that `stop` puts to it; the status is then the signal's number.
    @discardableResult
    func run(_ arguments: [String], environment: [String: String] = [:], stop: Stop?) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("DARKROOM") }
            .merging(["XDG_CACHE_HOME": folder.path + "/cache"]) { $1 }
            .merging(environment) { $1 }
        // Files instead of pipes: nothing can block when both streams are long.
        let streams = try ["stdout", "stderr"].map { name in
            let path = folder.path + "/.\(name)"
            _ = FileManager.default.createFile(atPath: path, contents: nil)
            return (path: path, handle: try FileHandle(forWritingTo: URL(fileURLWithPath: path)))
        }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = streams[0].handle
        process.standardError = streams[1].handle
        try process.run()
        if let stop {
            while process.isRunning, try !stop.isDue() { usleep(2000) }
            if process.isRunning { kill(process.processIdentifier, stop.signal) }
        }
        process.waitUntilExit()
        let texts = try streams.map { try String(contentsOfFile: $0.path, encoding: .utf8) }
        return Outcome(status: process.terminationStatus, output: texts[0], error: texts[1])
    }

    /// Writes a file into the program's folder.
    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: folder.path + "/" + name, atomically: true, encoding: .utf8)
    }

    /// Names below a folder of the program, sorted; empty if it isn't there.
    func names(in name: String) -> [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: folder.path + "/" + name)) ?? []).sorted()
    }
}
