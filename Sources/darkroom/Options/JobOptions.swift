import ArgumentParser
import Session
import WorkflowEngine

/// A workflow and how it is to be computed: all that `run` and `watch` take.
struct JobOptions: ParsableArguments {
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

    var session: Session {
        Session(
            SessionConfiguration(
                program: Version.number, environment: .ofThisProcess, folders: workflow.folders.rules, cache: caching.rules,
                computing: compute.rules))
    }

    /// What is to be done with a workflow that was read.
    ///
    /// - Throws: `Failure` or `SessionError` when nothing can be done, or when the options don't go together.
    func request(_ opened: Workflow, in session: Session) throws -> JobRequest {
        guard opened.unknown.isEmpty else { throw opened.unknown.refusal }
        guard opened.graph != nil else {
            let problems = ExitStatus(opened.diagnostics)
            throw Failure(problems == .done ? .wrongInput : problems, workflow.skipUnknown ? "error: nothing is left to run" : nil)
        }
        if locked { try session.verifyLock(of: opened) }
        var request = JobRequest(opened)
        (request.run, request.previews) = (compute.settings, previewing.wish)
        request.run.isStrict = workflow.strict
        if let count = repeating.repeat {
            guard sweeping.sweep.isEmpty else {
                throw Failure(
                    .wrongInput, "error: --repeat and --sweep don't go together\n    hint: --sweep seed=1..\(count) varies seeds, too")
            }
            request.variation = .repeated(count, mode: repeating.repeatMode?.mode)
        } else if let sweep = try sweeping.sweep(of: opened.document) {
            try sweeping.checkSheet()
            request.variation = .sweep(sweep, sweeping.settings)
        }
        if case .sweep = request.variation {} else { try sweeping.refuseWithoutSweep() }
        return request
    }
}
