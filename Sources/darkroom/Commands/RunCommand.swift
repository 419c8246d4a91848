import ArgumentParser
import Session
import WorkflowEngine
import Workflows

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Computes a workflow and prints the paths of what it wrote.",
        discussion: "Ctrl-C stops within a step and leaves no half-written file; a second one stops at once.")

    @OptionGroup var options: JobOptions

    func run() async throws {
        let session = options.session
        let opened = try options.workflow.open(in: session)
        opened.diagnostics.show(quoting: opened.files)
        let log = try options.compute.events.map { try EventLog(path: $0) }
        let status = try await JobDisplay(options, log: log).run(opened, in: session)
        if status != .done { throw Failure(status) }
    }
}
