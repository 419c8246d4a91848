import Formats
import Foundation
import Problems
import Session
import WorkflowEngine

/// Has a job computed and shows it while it goes on, as `run` and `watch` do.
struct JobDisplay {
    private let options: JobOptions
    private let log: EventLog?
    private var display: RunDisplay
    private var files: PreviewFiles?

    /// - Throws: when the folder for previews can't be made: better said before an hour of sampling than after.
    init(_ options: JobOptions, log: EventLog?) throws {
        (self.options, self.log) = (options, log)
        display = Self.display(options)
        files = try Self.files(options)
    }

    private static func display(_ options: JobOptions) -> RunDisplay {
        RunDisplay(
            isQuiet: options.compute.quiet, showsPaths: !options.json && options.compute.events != "-", drawing: options.previewing.drawing)
    }

    /// - Parameter part: which of several runs it is; its steps get a folder of their own.
    private static func files(_ options: JobOptions, part: Int? = nil) throws -> PreviewFiles? {
        let previewing = options.previewing
        guard previewing.file != nil || previewing.stepsOut != nil else { return nil }
        let folder = previewing.stepsOut.map { folder in part.map { "\(folder)/\($0)" } ?? folder }
        return try PreviewFiles(latest: previewing.file, folder: folder)
    }

    /// Runs a workflow that was read: once, several times, or for each point of its sweep.
    ///
    /// - Parameters:
    ///   - started: told as soon as it can be stopped.
    ///   - interrupted: told when somebody pressed Ctrl-C; the job is stopped in any case.
    /// - Returns: what the program ends with.
    /// - Throws: `Failure` or `SessionError` when nothing could be begun.
    func run(
        _ opened: Workflow, in session: Session, started: (Job) -> Void = { _ in }, interrupted: @escaping @Sendable () -> Void = {}
    ) async throws -> ExitStatus {
        var copy = self
        let request = try options.request(opened, in: session)
        if case .repeated(let count, let mode) = request.variation, count > 1, !options.compute.quiet, opened.isFixed(mode: mode) {
            Terminal.error.write(
                Terminal.error.paint("warning:", .yellow) + " nothing in the workflow moves on between runs: all of them are the same\n"
                    + "    hint: --repeat-mode increment or randomize moves seeds\n")
        }
        var reading: BroadcastEvents<JobEvent>?
        // Every step goes into the log, and perhaps into a folder.
        let job = try session.submit(request, prepare: { reading = $0.events(passing: .max) })
        let interruption = Interruption {
            interrupted()
            job.cancel()
        }
        defer { withExtendedLifetime(interruption) {} }
        started(job)
        if let reading {
            for await event in reading { copy.show(event, of: opened) }
        }
        return copy.conclude(await job.report, request, problems: ExitStatus(opened.diagnostics))
    }

    private mutating func show(_ event: JobEvent, of opened: Workflow) {
        switch event.kind {
        case .run(let number, let count, let values):
            display = Self.display(options)
            do { files = try Self.files(options, part: number) } catch {
                files = nil
                Terminal.error.write("warning: no previews of this run: \(error)\n")
            }
            Terminal.error.write(Terminal.error.paint("[\(number)/\(count)] \(values)", .bold) + "\n")
        case .unresolved(let diagnostics): diagnostics.show(quoting: opened.files)
        case .engine(let event):
            display.show(event)
            if case .preview(let node, let picture, let step, _) = event { keep(picture, node, step) }
        case .workerDied(let death, let beginsAgain): display.show(death, beginsAgain: beginsAgain)
        case .report(let report): display.close(report)
        case .queued, .began, .sheet, .ended, .unknown: break
        }
        log?.write(event)
    }

    private mutating func keep(_ picture: EncodedPicture, _ node: NodeLabel, _ step: Int) {
        do {
            try files?.write(picture, node: node.name, step: step)
        } catch {
            // Looking on is no reason to stop the work.
            Terminal.error.write("warning: no more previews: \(error)\n")
            files = nil
        }
    }

    // MARK: The end

    private func conclude(_ report: JobReport, _ request: JobRequest, problems: ExitStatus) -> ExitStatus {
        if let problem = report.problem { Terminal.error.write((Failure(problem).message ?? "") + "\n") }
        switch request.variation {
        case .once:
            guard let run = report.report else {
                return report.wasStopped ? .interrupted : report.problem.map { ExitStatus($0.category) } ?? .wrongInput
            }
            if options.json { Terminal.output.write(run.jsonText + "\n") }
            return Self.status(of: run, problems)
        case .repeated(let count, _): return concludeRepeated(report, count, problems)
        case .sweep: return concludeSweep(report)
        }
    }

    /// What a run came to; when all that ran is done, what else was wrong.
    private static func status(of report: RunReport, _ problems: ExitStatus) -> ExitStatus {
        let status = ExitStatus(rawValue: report.exitCode) ?? .nodeFailed
        return status == .done ? problems : status
    }

    private func concludeRepeated(_ report: JobReport, _ count: Int, _ problems: ExitStatus) -> ExitStatus {
        let runs = report.parts.filter { $0.report != nil }
        if options.json {
            var json = JSONText()
            json.raw("{\"runs\": ")
            json.array(runs.enumerated()) { json, run in
                json.raw("{\"run\": \(run.offset + 1), \"values\": ")
                json.object(run.element.values, key: \.name) { $0.string($1.value) }
                json.raw(", \"report\": \(run.element.report?.jsonText ?? "null")}")
            }
            json.raw("}\n")
            Terminal.output.write(json.text)
        }
        if !options.compute.quiet, count > 1 {
            let done = runs.count { $0.report?.exitCode == 0 }
            Terminal.error.write("\(done) of \(count) runs done\(done < count ? ", \(count - done) not" : "")\n")
        }
        if report.wasStopped { return .interrupted }
        if let problem = report.problem { return ExitStatus(problem.category) }
        var worst = problems
        for part in report.parts {
            let status = part.report.map { Self.status(of: $0, problems) } ?? .wrongInput
            if status != .done, worst != .noMemory, worst != .nodeFailed || status == .noMemory { worst = status }
        }
        return worst
    }

    private func concludeSweep(_ report: JobReport) -> ExitStatus {
        if options.json {
            var json = JSONText()
            json.raw("{\"points\": ")
            json.array(report.parts.filter { $0.report != nil && !$0.wasFinished }) { json, part in
                json.raw("{\"point\": ")
                json.string(part.label)
                json.raw(", \"report\": \(part.report?.jsonText ?? "null")}")
            }
            json.raw(", \"sheet\": ")
            if let sheet = report.sheet { json.string(sheet) } else { json.raw("null") }
            json.raw("}\n")
            Terminal.output.write(json.text)
        } else if let sheet = report.sheet {
            Terminal.output.write(sheet + "\n")
        }
        let finished = report.parts.count(where: \.wasFinished)
        let bad = report.parts.count { !$0.wasFinished && ($0.report?.exitCode ?? 1) != 0 }
        if !options.compute.quiet {
            var parts = ["\(report.parts.count - bad - finished) of \(report.count) points done"]
            if finished > 0 { parts.append("\(finished) were there already") }
            if bad > 0 { parts.append("\(bad) failed") }
            Terminal.error.write(parts.joined(separator: ", ") + "\n")
        }
        if report.wasStopped { return .interrupted }
        if let problem = report.problem { return ExitStatus(problem.category) }
        if report.parts.contains(where: { $0.report?.exitCode == ExitStatus.noMemory.rawValue }) { return .noMemory }
        return bad > 0 ? .nodeFailed : .done
    }
}
