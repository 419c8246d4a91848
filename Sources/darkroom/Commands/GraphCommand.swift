import ArgumentParser
import Session
import Workflows

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
        let session = folders.session
        let drawing = try session.draw(WorkflowSource(argument: file))
        drawing.diagnostics.show(quoting: drawing.files)
        drawing.refusal.show(quoting: drawing.files, leastSeverity: .note)
        guard let content = drawing.content else { throw Failure(.wrongInput) }
        guard let output else { return Terminal.output.write(content.dot) }
        guard let format = DrawingFormat(fileName: output) else {
            let ending = (output.split(separator: "/").last ?? "").split(separator: ".").dropFirst().last ?? ""
            throw Failure(
                .wrongInput, "error: a drawing can't be written as \"\(ending.lowercased())\"\n  hint: svg, png, pdf, dot or mmd")
        }
        let written = try session.write(content, to: output, as: format)
        if written.format != format {
            Terminal.error.write("Graphviz's dot isn't installed (Debian: apt-get install graphviz); writing DOT instead\n")
        }
        Terminal.output.line(written.path)
    }
}
