internal import Foundation

/// What a workflow's drawing is written as.
public enum DrawingFormat: String, Sendable, CaseIterable {
    /// Graphviz's language, and Mermaid's.
    case dot, mermaid
    /// Pictures, by Graphviz.
    case svg, png, pdf

    /// By a file's name; `nil` for one that says nothing of the kind.
    public init?(fileName: String) {
        switch URL(fileURLWithPath: fileName).pathExtension.lowercased() {
        case "dot", "gv": self = .dot
        case "mmd", "mermaid": self = .mermaid
        case let name:
            guard let format = DrawingFormat(rawValue: name), format != .mermaid else { return nil }
            self = format
        }
    }
}

/// Graphviz's program `dot`, where it is installed.
struct Graphviz {
    let program: String

    /// - Parameter path: folders, separated by colons; `nil` when it is in none of them.
    init?(searching path: String) {
        let places = path.split(separator: ":").map { "\($0)/dot" }
        guard let program = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else { return nil }
        self.program = program
    }

    /// Has a drawing drawn.
    ///
    /// - Throws: `SessionError`, with what the program said.
    func draw(_ dot: String, as format: DrawingFormat, to target: String) throws(SessionError) {
        let source = FileManager.default.temporaryDirectory.appending(path: "darkroom-graph-\(UUID().uuidString).dot")
        defer { try? FileManager.default.removeItem(at: source) }
        let process = Process()
        let said = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-T\(format.rawValue)", "-o", target, source.path]
        process.standardError = said
        do {
            try Data(dot.utf8).write(to: source)
            try process.run()
        } catch {
            throw SessionError(.drawingFailed, "\(program) can't be run: \(error.localizedDescription)")
        }
        let text = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let line = text.split(separator: "\n").last.map { "it says: \($0)" }
            throw SessionError(.drawingFailed, "\(program) failed to draw \(target)", hint: line)
        }
    }
}
