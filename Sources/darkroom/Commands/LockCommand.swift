import ArgumentParser
import Foundation
import Session
import WorkflowEngine

struct LockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Writes down the files and versions that a workflow's result depends on.",
        discussion: "`run --locked` refuses to run when anything has changed since.")

    @OptionGroup var workflow: WorkflowOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write (the workflow's name with .lock behind it).", valueName: "file"))
    var output: String?

    func run() throws {
        let session = workflow.folders.session
        let opened = try workflow.open(in: session)
        opened.diagnostics.show(quoting: opened.files)
        guard opened.isWhole else { throw Failure(ExitStatus(opened.diagnostics)) }
        Terminal.output.line(try session.writeLock(of: opened, to: output))
    }
}
