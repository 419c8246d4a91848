/// How a graph is run.
public struct RunOptions: Sendable {
    /// Which workflow this is, for comparing with its last run: a file's path, a person's name for it, or `ResolvedGraph.shape`.
    /// `nil`: it is compared with nothing, and nothing is remembered of it.
    public var workflow: String?
    /// Run everything the outputs need, whatever is stored.
    public var forcesAll = false
    /// Run these nodes, whatever is stored.
    public var forcedNodes: Set<String> = []
    /// Give the values of the graph's outputs in the report.
    public var wantsValues = false
    /// Who looks at intermediate pictures; `nil`: nobody, and none are made.
    public var previews: PreviewRequest?
    /// The UI form of the workflow, for files that carry it.
    public var uiText: String?
    /// The workflow in our own form, for files that carry it (`CarriedWorkflow`).
    public var carriedText: String?
    /// What was told of the workflow while it was read and resolved: it belongs to the report and to the files that carry the workflow.
    public var warnings: [String] = []
    /// Whether a node that does otherwise than was asked has failed.
    public var isStrict = false
    /// Seconds between two stored states of a long computation; 0 stores none.
    public var resumeInterval: Double = 10

    public init(workflow: String? = nil) { self.workflow = workflow }
}
