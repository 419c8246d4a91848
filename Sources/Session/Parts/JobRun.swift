internal import Nodes
internal import Synchronization
internal import WorkflowEngine
internal import Workflows

/// A job on its way through its runs.
struct JobRun {
    let job: Job
    let worker: any RunWorker
    let configuration: SessionConfiguration
    let cache: ResultCache

    private var workflow: Workflow { job.request.workflow }

    func perform() async -> JobReport {
        var report = JobReport(end: .done, count: job.count)
        do throws(SessionError) { try checkOutput() } catch {
            (report.problem, report.end) = (error, .failed)
            return report
        }
        guard var parts = parts() else {
            report.end = .failed
            return report
        }
        while !job.isCancelled, let part = parts.next() {
            do {
                let done = try await run(part)
                report.parts.append(done)
                if done.report?.isInterrupted == true { break }
            } catch {
                (report.problem, report.end) = (error, .failed)
                return report
            }
        }
        if case .sweep(let sweep, let settings) = job.request.variation, settings.hasSheet {
            do throws(SessionError) {
                report.sheet = try await sheet(of: report, sweep, settings)
                if let path = report.sheet { job.emit(.sheet(path: path)) }
            } catch {
                report.problem = error
            }
        }
        let isWhole = report.parts.count == report.count && !report.parts.contains { $0.report?.isInterrupted == true }
        let isGood = report.problem == nil && report.parts.allSatisfy { $0.wasFinished || $0.report?.exitCode == 0 }
        report.end = job.isCancelled && !isWhole ? .cancelled : isGood && isWhole ? .done : .failed
        return report
    }

    /// Trouble with the output folder is told before hours are spent, not after.
    private func checkOutput() throws(SessionError) {
        guard workflow.graph?.nodes.contains(where: { $0.spec.input("filename_prefix") != nil }) == true else { return }
        do throws(NodeError) { try workflow.services.output.checkWritable() } catch {
            throw SessionError(error, code: .unwritableOutput)
        }
    }

    private func parts() -> (any JobParts)? {
        switch job.request.variation {
        case .once: return SingleRun(workflow)
        case .sweep(let sweep, let settings): return SweepPoints(workflow, sweep, settings, nodes: configuration.nodes)
        case .repeated(let count, let mode):
            guard let expanded = workflow.expanded, let graph = workflow.graph else { return nil }
            let source = workflow.source, configuration = configuration
            return RepeatedRuns(workflow, expanded, graph, count: count, mode: mode) { settings in
                try? Session(configuration).open(source, settings: settings)
            }
        }
    }

    private func run(_ part: JobPart) async throws(SessionError) -> JobReport.Part {
        var done = JobReport.Part(number: part.number, label: part.label, values: part.values)
        guard let graph = part.graph else {
            done.diagnostics = part.diagnostics
            job.emit(.unresolved(part.diagnostics), run: part.number)
            return done
        }
        let settings = job.request.run
        var options = RunOptions(workflow: settings.identity ?? workflow.identity ?? graph.shape)
        (options.forcesAll, options.forcedNodes) = (settings.forcesAll, settings.forcedNodes)
        (options.isStrict, options.warnings) = (settings.isStrict, (workflow.diagnostics + part.diagnostics).warningTexts)
        (options.uiText, options.carriedText, options.resumeInterval) = (part.uiText, part.carriedText, settings.resumeInterval)
        if part.mayBeSkipped {
            let forecast = Engine(library: workflow.library, cache: cache).plan(graph, options: options).counts
            if forecast.run + forecast.perhaps == 0 {
                // Nothing is computed; the report names the pictures for the sheet.
                done.wasFinished = true
                done.report = try await compute(graph, options) { _ in }
                return done
            }
        }
        let isOneOfSeveral: Bool
        if case .once = job.request.variation { isOneOfSeveral = false } else { isOneOfSeveral = true }
        let number = isOneOfSeveral ? part.number : nil
        if isOneOfSeveral { job.emit(.run(part.number, of: job.count, values: part.label), run: part.number) }
        let report = try await compute(graph, options) { [job] in job.emit($0, run: number) }
        job.emit(.report(report), run: number)
        done.report = report
        return done
    }

    /// One run to its end, in as many processes as that takes.
    private func compute(
        _ graph: ResolvedGraph, _ options: RunOptions, emit: @escaping @Sendable (JobEvent.Kind) -> Void
    ) async throws(SessionError) -> RunReport {
        let record = RunRecord()
        var retries = worker.retries, hasBegunAgain = false
        while true {
            record.begin()
            let work = RunWork(graph: graph, options: options, services: workflow.services, library: workflow.library, control: job.control)
            let outcome = await worker.run(work) { event in
                if record.isNew(event) { emit(.engine(event)) }
            }
            switch outcome {
            case .report(let report): return report
            case .refused(let error): throw error
            case .died(var death):
                death.node = record.runningNode
                if job.isCancelled { return record.report(isInterrupted: true) }
                let beginsAgain: Bool
                if !record.hasStarted && !hasBegunAgain {
                    (beginsAgain, hasBegunAgain) = (true, true)
                } else {
                    beginsAgain = retries > 0
                    retries -= 1
                }
                emit(.workerDied(death, beginsAgain: beginsAgain))
                if beginsAgain { continue }
                if let node = death.node {
                    let failure = RunFailure(node: node, message: death.reason, cause: death)
                    if record.isNew(.failed(failure)) { emit(.engine(.failed(failure))) }
                }
                return record.report(breakdown: death)
            }
        }
    }

    private func sheet(of report: JobReport, _ sweep: Sweep, _ settings: SweepSettings) async throws(SessionError) -> String? {
        guard let work = SheetWork(report, sweep, path: settings.sheet.map(configuration.environment.absolute), services: workflow.services)
        else { return nil }
        return try await worker.sheet(work, control: job.control)
    }
}
