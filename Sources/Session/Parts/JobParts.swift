internal import Workflows

/// One run of a job, ready to be computed.
struct JobPart {
    /// Counted from 1.
    var number: Int
    var label = ""
    var values: [(name: String, value: String)] = []
    /// `nil` when the workflow has problems with its values.
    var graph: ResolvedGraph?
    var diagnostics: [Diagnostic] = []
    /// The text of a workflow that ComfyUI's window saved, with the values of this run.
    var uiText: String?
    /// The text of a workflow in our own form, with what was set.
    var carriedText: String?
    /// It isn't told of, when nothing of it has to run.
    var mayBeSkipped = false
}

/// The runs of a job, made one at a time: a later one may depend on how files are then.
protocol JobParts {
    mutating func next() -> JobPart?
}

/// A workflow as it is.
struct SingleRun: JobParts {
    let workflow: Workflow
    private var isDone = false

    init(_ workflow: Workflow) { self.workflow = workflow }

    mutating func next() -> JobPart? {
        if isDone { return nil }
        isDone = true
        return JobPart(
            number: 1, graph: workflow.graph, uiText: workflow.document?.uiText,
            carriedText: workflow.document.flatMap { CarriedWorkflow.text(of: $0, setting: workflow.settings.assignments) })
    }
}
