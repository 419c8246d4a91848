import Foundation
import Session
import WorkflowEngine
@testable import Workflows

/// The example of docs/embedding.md.
enum EmbeddingExample {
    // begin
    /// Computes a workflow and gives the paths of its pictures.
    static func pictures(of file: String, prompt: String, folder: String) async throws -> [String] {
        var folders = FolderRules()
        folders.models = [folder + "/models"]
        folders.output = folder + "/output"
        let environment = SessionEnvironment(variables: ProcessInfo.processInfo.environment, workingFolder: folder)
        let session = Session(SessionConfiguration(program: "my program 1.0", environment: environment, folders: folders))
        defer { session.close() }

        var settings = WorkflowSettings()
        settings.assignments = [Assignment(target: "prompt", value: .string(prompt))]
        let workflow = try session.open(.file(file), settings: settings)
        for problem in workflow.diagnostics { print(problem) }

        let job = try session.submit(JobRequest(workflow))
        for await event in job.events() {
            if case .engine(.progress(let node, let step, let count, _)) = event.kind { print("\(node.title): \(step) of \(count)") }
        }
        let report = await job.report
        return report.report?.files.map(\.file.path) ?? []
    }
    // end
}
