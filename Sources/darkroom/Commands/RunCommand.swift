import ArgumentParser
import Foundation
import Nodes
import Pictures
import Tensors
import WorkflowEngine

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Computes a workflow and prints the paths of what it wrote.",
        discussion: "Ctrl-C stops within a step and leaves no half-written file; a second one stops at once.")

    @OptionGroup var workflow: WorkflowOptions
    @OptionGroup(title: "Computing") var compute: ComputeOptions
    @OptionGroup(title: "Results that are known already") var caching: CacheOptions
    @OptionGroup(title: "Looking on") var previewing: PreviewOptions
    @OptionGroup(title: "Several runs") var sweeping: SweepOptions
    @OptionGroup(title: "Several runs") var repeating: RepeatOptions

    @Flag(help: "Runs only if files and versions are what the workflow's lock says (darkroom lock).")
    var locked = false

    @Flag(help: "Print one JSON object instead of paths: outputs, nodes, seconds.")
    var json = false

    func run() async throws {
        compute.apply()
        let loaded = try workflow.load()
        loaded.report(compute.quiet ? .error : .warning)
        try await perform(loaded, cache: caching.cache, log: compute.events.map { try EventLog(path: $0) })
    }

    /// Runs a workflow that was read: once, several times, or for each point of its sweep.
    ///
    /// - Throws: `Failure` when anything went wrong or was stopped.
    func perform(_ loaded: LoadedWorkflow, cache: ResultCache, log: EventLog?, stop: RunStop = RunStop()) async throws {
        // What is right runs, what isn't was reported; the exit code tells.
        let problems = ExitStatus(rawValue: loaded.diagnostics.exitCode) ?? .wrongInput
        guard loaded.unknown.isEmpty else { throw Failure(.wrongInput, loaded.unknown.refusal) }
        guard let graph = loaded.graph else {
            throw Failure(problems == .done ? .wrongInput : problems, workflow.skipUnknown ? "error: nothing is left to run" : nil)
        }
        if locked { try LockCommand.verify(graph, loaded, workflow) }

        let engine = Engine(library: loaded.library, cache: cache)
        var options = RunOptions(workflow: workflow.file == "-" ? nil : workflow.identity)
        options.forcesAll = compute.force
        options.forcedNodes = try forcedNodes(in: graph)
        options.uiText = loaded.document?.uiText
        options.carriedText = loaded.document.flatMap { try? CarriedWorkflow.text(of: $0, setting: workflow.assignments()) }
        options.wantsPreviews = previewing.isWanted
        options.resumeInterval = compute.resumeInterval
        let interruption = Interruption { stop.stop(because: .interruption) }
        defer { withExtendedLifetime(interruption) {} }
        if let count = repeating.repeat {
            guard sweeping.sweep.isEmpty else {
                throw Failure(
                    .wrongInput, "error: --repeat and --sweep don't go together\n    hint: --sweep seed=1..\(count) varies seeds, too")
            }
            try await runRepeated(count, loaded, graph, engine: engine, options: options, log: log, stop: stop, problems: problems)
            return
        }
        if let sweep = try sweeping.sweep(of: loaded.document) {
            try await runSweep(sweep, loaded, engine: engine, options: options, log: log, stop: stop)
            return
        }
        let report = try await runOnce(engine, graph, options, log: log, stop: stop)
        if json { Terminal.output.write(report.jsonText + "\n") }
        let status = status(of: report, problems)
        if status != .done { throw Failure(status) }
    }

    /// One run from beginning to end, shown as it goes on.
    func runOnce(
        _ engine: Engine, _ graph: ResolvedGraph, _ options: RunOptions, log: EventLog?, stop: RunStop, part: String? = nil
    ) async throws -> RunReport {
        // What earlier runs of this process left.
        TensorMemory.trimHeap()
        let run = engine.start(graph, options: options)
        stop.started(run)
        return try await follow(run, log: log, part: part)
    }

    /// Every point of a sweep, then the sheet.
    private func runSweep(
        _ sweep: Sweep, _ loaded: LoadedWorkflow, engine: Engine, options: RunOptions, log: EventLog?, stop: RunStop
    ) async throws {
        let services = try workflow.folders.services(besides: workflow.file == "-" ? nil : workflow.file)
        let sweepRun = SweepRun(
            sweep: sweep, loaded: loaded, services: services, assignments: try workflow.assignments(), skipsFinished: sweeping.resume,
            sheetPath: sweeping.sheet)
        let outcomes = try await sweepRun.outcomes(engine: engine, options: options, stop: stop) { graph, options, point in
            log?.begin(run: point, of: sweep.points.count, values: sweep.points[point - 1].label)
            return try await runOnce(engine, graph, options, log: log, stop: stop, part: "\(point)")
        }
        let sheet = try sweepRun.writeSheet(outcomes)
        if json {
            let points = outcomes.filter { $0.report != nil && !$0.wasFinished }.map {
                "{\"point\": \(JSONText.quoted($0.point.label)), \"report\": \($0.report?.jsonText ?? "null")}"
            }
            Terminal.output.write("{\"points\": [\(points.joined(separator: ", "))], \"sheet\": \(sheet.map(JSONText.quoted) ?? "null")}\n")
        } else if let sheet {
            Terminal.output.write(sheet + "\n")
        }
        let finished = outcomes.count(where: \.wasFinished)
        let bad = outcomes.count { !$0.wasFinished && ($0.report?.exitCode ?? 1) != 0 }
        if !compute.quiet {
            var parts = ["\(outcomes.count - bad - finished) of \(sweep.points.count) points done"]
            if finished > 0 { parts.append("\(finished) were there already") }
            if bad > 0 { parts.append("\(bad) failed") }
            Terminal.error.write(parts.joined(separator: ", ") + "\n")
        }
        if stop.cause != nil, outcomes.count < sweep.points.count || outcomes.contains(where: { $0.report?.isInterrupted == true }) {
            throw Failure(.interrupted)
        }
        if bad > 0 { throw Failure(.nodeFailed) }
    }

    private func forcedNodes(in graph: ResolvedGraph) throws -> Set<String> {
        for name in compute.forceNode where graph.index(of: name) == nil {
            let nearest = NearestMatch.of(name, among: graph.nodes.map(\.name)).map { "; did you mean \($0)?" } ?? ""
            throw Failure(.wrongInput, "error: --force-node: the workflow has no node \"\(name)\"\(nearest)")
        }
        return Set(compute.forceNode)
    }

    /// Shows events as they come, until the run has ended.
    ///
    /// - Parameter part: which of several runs it is; its steps get a folder of their own.
    private func follow(_ run: WorkflowRun, log: EventLog?, part: String?) async throws -> RunReport {
        var display = RunDisplay(
            isQuiet: compute.quiet, showsPaths: !json && compute.events != "-", drawing: previewing.drawing)
        let steps = previewing.stepsOut.map { folder in part.map { "\(folder)/\($0)" } ?? folder }
        var files: PreviewFiles? = try PreviewFiles(latest: previewing.file, folder: steps)
        for await event in run.events {
            display.show(event)
            if case .preview(let node, let value, let step, _) = event, let image = value as? Image {
                do {
                    try files?.write(image, node: node.name, step: step)
                } catch {
                    // Looking on is no reason to stop the work.
                    Terminal.error.write("warning: no more previews: \(error)\n")
                    files = nil
                }
            }
            log?.write(event)
        }
        let report = await run.report
        display.close(report)
        return report
    }

    func status(of report: RunReport, _ problems: ExitStatus) -> ExitStatus {
        let status = ExitStatus(rawValue: report.exitCode) ?? .nodeFailed
        return status == .done ? problems : status
    }
}
