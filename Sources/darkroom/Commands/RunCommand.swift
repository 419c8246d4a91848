import ArgumentParser
import Foundation
import Nodes
import WorkflowEngine

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Computes a workflow and prints the paths of what it wrote.",
        discussion: "Ctrl-C stops within a step and leaves no half-written file; a second one stops at once.")

    @OptionGroup var workflow: WorkflowOptions
    @OptionGroup(title: "Computing") var compute: ComputeOptions
    @OptionGroup(title: "Results that are known already") var caching: CacheOptions

    @Flag(help: "Print one JSON object instead of paths: outputs, nodes, seconds.")
    var json = false

    func run() async throws {
        compute.apply()
        let loaded = try workflow.load()
        loaded.report(compute.quiet ? .error : .warning)
        // What is right runs, what isn't was reported; the exit code tells.
        let problems = ExitStatus(rawValue: loaded.diagnostics.exitCode) ?? .wrongInput
        guard let graph = loaded.graph else { throw Failure(problems == .done ? .wrongInput : problems) }

        let engine = Engine(library: loaded.library, cache: caching.cache)
        var options = RunOptions(workflow: workflow.file == "-" ? nil : workflow.identity)
        options.forcesAll = compute.force || caching.noCache
        options.forcedNodes = try forcedNodes(in: graph)
        options.uiText = loaded.document?.uiText
        let run = engine.start(graph, options: options)
        let interruption = Interruption { run.cancel() }
        let report = try await follow(run)
        withExtendedLifetime(interruption) {}

        if json { Terminal.output.write(report.jsonText + "\n") }
        let status = status(of: report, problems)
        if status != .done { throw Failure(status) }
    }

    private func forcedNodes(in graph: ResolvedGraph) throws -> Set<String> {
        for name in compute.forceNode where graph.index(of: name) == nil {
            let nearest = NearestMatch.of(name, among: graph.nodes.map(\.name)).map { "; did you mean \($0)?" } ?? ""
            throw Failure(.wrongInput, "error: --force-node: the workflow has no node \"\(name)\"\(nearest)")
        }
        return Set(compute.forceNode)
    }

    /// Shows events as they come, until the run has ended.
    private func follow(_ run: WorkflowRun) async throws -> RunReport {
        var display = RunDisplay(isQuiet: compute.quiet, showsPaths: !json && compute.events != "-")
        let log = try compute.events.map { try EventLog(path: $0) }
        for await event in run.events {
            display.show(event)
            log?.write(event)
        }
        let report = await run.report
        display.close(report)
        return report
    }

    private func status(of report: RunReport, _ problems: ExitStatus) -> ExitStatus {
        if report.isInterrupted { return .interrupted }
        let failures = report.nodes.compactMap(\.failure)
        guard !failures.isEmpty else { return problems }
        let isMissingFile = failures.allSatisfy { ($0.cause as? NodeError)?.code == .missingFile }
        return isMissingFile ? .missingFile : .nodeFailed
    }
}
