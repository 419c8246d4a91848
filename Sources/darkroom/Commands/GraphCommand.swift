import ArgumentParser
import Files
import Foundation
import Nodes
import Session
import WorkflowEngine

struct GraphCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draws a workflow.",
        discussion: "Writes Graphviz's DOT, Mermaid, or a picture (SVG, PNG, PDF) where Graphviz's `dot` is installed.")

    @Argument(help: ArgumentHelp("A workflow in any form; - reads standard input.", valueName: "file"))
    var file: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Where to draw: a name that ends in .svg, .png, .pdf, .dot or .mmd; DOT on standard output without it.", valueName: "file"))
    var output: String?

    @OptionGroup(title: "Folders") var folders: FolderOptions

    func run() throws {
        let result = try folders.session.read(WorkflowSource(argument: file))
        result.diagnostics.show(quoting: result.document?.allFiles ?? result.files)
        guard let document = result.document else { throw Failure(.wrongInput) }
        let drawing = GraphDrawing(
            try DocumentForm.numbered(document, files: NamedFiles(of: try folders.services(besides: file))).0,
            catalog: .standard)
        guard let output else {
            Terminal.output.write(drawing.dot)
            return
        }
        let target = URL(fileURLWithPath: output).standardizedFileURL
        switch target.pathExtension.lowercased() {
        case "dot", "gv": try write(drawing.dot, to: target)
        case "mmd", "mermaid": try write(drawing.mermaid, to: target)
        case "svg", "png", "pdf": try draw(drawing.dot, as: target.pathExtension.lowercased(), to: target)
        case let other:
            throw Failure(.wrongInput, "error: a drawing can't be written as \"\(other)\"\n  hint: svg, png, pdf, dot or mmd")
        }
    }

    private func write(_ text: String, to target: URL) throws {
        try AtomicFile.write(text, to: target.path)
        Terminal.output.line(target.path)
    }

    /// Has Graphviz draw; without it writes the DOT text beside, and says so.
    private func draw(_ dot: String, as format: String, to target: URL) throws {
        let program = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":").map { "\($0)/dot" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let program else {
            let text = target.deletingPathExtension().appendingPathExtension("dot")
            Terminal.error.write("Graphviz's dot isn't installed (Debian: apt-get install graphviz); writing DOT instead\n")
            try write(dot, to: text)
            return
        }
        let source = FileManager.default.temporaryDirectory.appending(
            path: "darkroom-graph-\(ProcessInfo.processInfo.processIdentifier).dot")
        try Data(dot.utf8).write(to: source)
        defer { try? FileManager.default.removeItem(at: source) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-T\(format)", "-o", target.path, source.path]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(.nodeFailed, "error: \(program) failed to draw \(target.path)") }
        Terminal.output.line(target.path)
    }
}
