public import Workflows

/// The same workflow again and again; between runs, seeds and other values move on.
struct RepeatedRuns: JobParts {
    let workflow: Workflow
    let count: Int
    private var repetition: Repetition
    private var generator = SystemRandomNumberGenerator()
    private var done = 0
    /// Opens the workflow for a later run.
    private let reopen: (WorkflowSettings) -> Workflow?

    init(
        _ workflow: Workflow, _ expanded: ExpandedWorkflow, _ graph: ResolvedGraph, count: Int, mode: AfterGenerate.Mode?,
        reopen: @escaping (WorkflowSettings) -> Workflow?
    ) {
        (self.workflow, self.count, self.reopen) = (workflow, count, reopen)
        repetition = Repetition(graph, of: expanded, mode: mode)
    }

    mutating func next() -> JobPart? {
        guard done < count else { return nil }
        done += 1
        if done > 1 { repetition.advance(using: &generator) }
        let current = done == 1 ? workflow : again()
        return JobPart(
            number: done, label: repetition.label, values: repetition.settings, graph: current?.graph.map(repetition.applied),
            diagnostics: current?.graph == nil ? current?.diagnostics ?? [] : [],
            uiText: workflow.document?.uiText.map { repetition.applied(toText: $0) },
            carriedText: workflow.document.flatMap {
                CarriedWorkflow.text(of: $0, setting: workflow.settings.assignments + repetition.assignments(in: $0))
            })
    }

    /// What ComfyUI's window chooses anew for each run, options of prompts, is chosen anew.
    private func again() -> Workflow? {
        guard workflow.document?.form == .ui, workflow.source.path != nil else { return workflow }
        var settings = workflow.settings
        settings.choiceSeed &+= UInt64(done - 1)
        return reopen(settings)
    }
}

extension Workflow {
    /// Whether nothing moves on when it is run several times.
    ///
    /// - Parameter mode: what all seeds do, whatever the workflow says.
    public func isFixed(mode: AfterGenerate.Mode?) -> Bool {
        guard let graph, let expanded else { return true }
        return Repetition(graph, of: expanded, mode: mode).isFixed
    }
}
