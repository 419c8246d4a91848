import ArgumentParser
import Foundation

/// The program `darkroom`, as somebody calls it: the one that was built beside this one.
struct Program {
    private let url: URL

    init() throws {
        url = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "darkroom")
        guard FileManager.default.isExecutableFile(atPath: url.path) else {
            throw ValidationError("\(url.path) isn't there: build darkroom first")
        }
    }

    /// A workflow of the project.
    static func workflow(_ name: String) -> String {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder.appending(path: "Workflows/\(name)").path
    }

    /// A folder that is gone afterwards.
    static func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "darkroom-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    /// Starts the program and hands over each line that it prints, while it runs.
    ///
    /// - Throws: `ValidationError` when it ends with another status than 0.
    func run(_ arguments: [String], line: (Substring, _ process: Int32) throws -> Void = { _, _ in }) throws {
        let process = Process(), output = Pipe()
        process.executableURL = url
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        var rest = ""
        while case let data = output.fileHandleForReading.availableData, !data.isEmpty {
            rest += String(decoding: data, as: UTF8.self)
            var lines = rest.split(separator: "\n", omittingEmptySubsequences: false)
            let last = lines.popLast() ?? ""
            for found in lines { try line(found, process.processIdentifier) }
            rest = String(last)
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ValidationError("darkroom \(arguments.joined(separator: " ")) ended with \(process.terminationStatus)")
        }
    }
}
