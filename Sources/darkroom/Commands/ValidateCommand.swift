import ArgumentParser
import Foundation
import Problems
import Session
import WorkflowEngine

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
            let status = ValidateFolder(folder: workflow.file, session: workflow.folders.session).run()
            if status != .done { throw Failure(status) }
            return
        }
        let opened = try workflow.open(in: workflow.folders.session)
        if json {
            Terminal.output.write(try Self.json(opened.diagnostics) + "\n")
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

    /// One object, with the problems in the order of their places.
    private static func json(_ diagnostics: [Diagnostic]) throws -> String {
        struct Report: Encodable {
            var valid: Bool
            var problems: [Entry]
        }
        struct Entry: Encodable {
            var severity: String
            var problem: ProblemRecord

            enum CodingKeys: String, CodingKey { case severity }

            /// One object: the severity stands among the problem's own members.
            func encode(to encoder: any Encoder) throws {
                try problem.encode(to: encoder)
                var members = encoder.container(keyedBy: CodingKeys.self)
                try members.encode(severity, forKey: .severity)
            }
        }
        let problems = diagnostics.map { Entry(severity: $0.severity.rawValue, problem: ProblemRecord($0)) }
        return try JSONOutput.encode(Report(valid: !diagnostics.hasErrors, problems: problems))
    }
}
