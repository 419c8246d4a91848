import Foundation
import Nodes
import WorkflowEngine

extension RunCommand {
    /// Runs the workflow several times with one engine; between runs, values move on. A run that fails doesn't stop the others.
    func runRepeated(
        _ count: Int, _ loaded: LoadedWorkflow, _ graph: ResolvedGraph, engine: Engine, options: RunOptions, log: EventLog?,
        stop: RunStop, problems: ExitStatus
    ) async throws {
        guard let expanded = loaded.expanded else { throw Failure(.wrongInput) }
        var repetition = Repetition(graph, of: expanded, mode: repeating.repeatMode?.mode)
        var generator = SystemRandomNumberGenerator()
        if repetition.isFixed, count > 1, !compute.quiet {
            Terminal.error.write(
                Terminal.error.paint("warning:", .yellow) + " nothing in the workflow moves on between runs: all of them are the same\n"
                    + "    hint: --repeat-mode increment or randomize moves seeds\n")
        }
        var runs: [(settings: [(name: String, value: String)], report: RunReport)] = []
        var worst = problems
        for number in 1...count {
            if number > 1 { repetition.advance(using: &generator) }
            guard let next = try number == 1 ? graph : again(number, loaded)?.graph else {
                worst = .wrongInput
                continue
            }
            var options = options
            options.uiText = options.uiText.map { repetition.applied(toText: $0) }
            options.carriedText = try loaded.document.flatMap {
                CarriedWorkflow.text(of: $0, setting: try workflow.assignments() + repetition.assignments(in: $0))
            }
            Terminal.error.write(Terminal.error.paint("[\(number)/\(count)] \(repetition.label)", .bold) + "\n")
            log?.begin(run: number, of: count, values: repetition.label)
            let report = try await runOnce(engine, repetition.applied(to: next), options, log: log, stop: stop, part: "\(number)")
            runs.append((repetition.settings, report))
            if report.isInterrupted || (stop.cause != nil && number < count) {
                worst = .interrupted
                break
            }
            let status = status(of: report, problems)
            if status != .done, worst != .nodeFailed { worst = status }
        }
        if json { writeJSON(runs) }
        if !compute.quiet, count > 1 {
            let done = runs.count { $0.report.exitCode == 0 }
            Terminal.error.write("\(done) of \(count) runs done\(done < count ? ", \(count - done) not" : "")\n")
        }
        if worst != .done { throw Failure(worst) }
    }

    /// The workflow for a later run. What ComfyUI's window chooses anew for each run, options of prompts, is chosen anew.
    private func again(_ number: Int, _ loaded: LoadedWorkflow) throws -> LoadedWorkflow? {
        guard loaded.document?.form == .ui, workflow.file != "-" else { return loaded }
        return try workflow.load(choiceSeed: workflow.choiceSeed &+ UInt64(number - 1))
    }

    private func writeJSON(_ runs: [(settings: [(name: String, value: String)], report: RunReport)]) {
        let objects = runs.enumerated().map { number, run in
            let values = run.settings.map { "\(JSONText.quoted($0.name)): \(JSONText.quoted($0.value))" }.joined(separator: ", ")
            return "{\"run\": \(number + 1), \"values\": {\(values)}, \"report\": \(run.report.jsonText)}"
        }
        Terminal.output.write("{\"runs\": [\(objects.joined(separator: ", "))]}\n")
    }
}
