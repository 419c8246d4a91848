import ArgumentParser
import Foundation
import Session
import Workflows

struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Checks a workflow and names every problem, with line and column.",
        discussion: """
            Nothing is computed, and no model is opened. Of a folder every workflow is checked, a line each. \
            Exit code 0: it can run; 2: it can't; 3: only files are missing. With --skip-unknown, nodes that Darkroom doesn't have don't count.
            """)

    @OptionGroup var workflow: WorkflowOptions

    @Flag(help: "Print the problems as one JSON object.")
    var json = false

    func run() throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: workflow.file, isDirectory: &isFolder), isFolder.boolValue {
            let status = ValidateFolder(check: workflow.folders.session.check(folder: workflow.file)).run()
            if status != .done { throw Failure(status) }
            return
        }
        let opened = try workflow.open(in: workflow.folders.session)
        if json {
            Terminal.output.write(try JSONOutput.encode(ValidationReport(opened.diagnostics)) + "\n")
        } else {
            opened.diagnostics.show(quoting: opened.files, leastSeverity: .note)
            if !opened.unknown.isEmpty { Terminal.error.write((Failure(opened.unknown.refusal).message ?? "") + "\n") }
            if !opened.diagnostics.hasErrors, let graph = opened.graph {
                let count = graph.nodes.count
                let leftOut = opened.diagnostics.contains { $0.code == .brokenUpstream } ? " (what needs unknown nodes left out)" : ""
                Terminal.output.line("\(workflow.file) is in order: \(count) node\(count == 1 ? "" : "s")\(leftOut)")
            }
        }
        guard let status = ExitStatus(rawValue: opened.diagnostics.exitCode), status != .done else { return }
        throw Failure(status)
    }
}
