import ArgumentParser
import Files
import Foundation
import Nodes
import Problems
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
        let loaded = try workflow.load()
        loaded.report(.warning)
        guard !loaded.diagnostics.hasErrors, let graph = loaded.graph else {
            throw Failure(ExitStatus(rawValue: loaded.diagnostics.exitCode) ?? .wrongInput)
        }
        let text = try Self.lock(graph, loaded, workflow).text()
        let path = output ?? Self.usualPath(of: workflow.file)
        try AtomicFile.write(text, to: path)
        print(URL(fileURLWithPath: path).standardizedFileURL.path)
    }

    static func usualPath(of file: String) -> String { file == "-" ? "workflow.lock" : file + ".lock" }

    static func lock(_ graph: ResolvedGraph, _ loaded: LoadedWorkflow, _ workflow: WorkflowOptions) throws -> WorkflowLock {
        let services = try workflow.folders.services(besides: workflow.file == "-" ? nil : workflow.file)
        do {
            return try WorkflowLock(graph, services: services, library: loaded.library, program: Version.number)
        } catch let problem as any Problem { throw Failure(problem) }
    }

    /// Compares the lock beside a workflow with what is there now.
    ///
    /// - Throws: `Failure` that names every difference, or says that there is no lock.
    static func verify(_ graph: ResolvedGraph, _ loaded: LoadedWorkflow, _ workflow: WorkflowOptions) throws {
        let path = usualPath(of: workflow.file)
        let text: String?
        do throws(FileProblem) { text = try ReadableFile.text(of: path, limit: 64 << 20, regularOnly: false) } catch {
            guard error.code == .notFound else { throw Failure(error) }
            throw Failure(.missingFile, "error: there is no lock \(path)\n    hint: darkroom lock \(workflow.file) writes one")
        }
        guard let text else { throw Failure(.wrongInput, "error: \(path) isn't a lock file: it isn't UTF-8 text") }
        let locked: WorkflowLock
        do { locked = try WorkflowLock(text: text) } catch {
            throw Failure(.wrongInput, "error: \(path) isn't a lock file\n    because \(error)")
        }
        let differences = locked.differences(now: try lock(graph, loaded, workflow))
        guard differences.isEmpty else {
            throw Failure(
                .wrongInput,
                "error: not what \(path) says:\n"
                    + differences.map { "    \($0.text)\n        \($0.remedy)" }.joined(separator: "\n")
                    + "\n    hint: darkroom lock \(workflow.file) accepts the present state")
        }
    }
}
