public import Workflows

/// What somebody wants computed: a workflow, once, several times, or for each point of a sweep.
public struct JobRequest: Sendable {
    public var workflow: Workflow
    public var variation = Variation.once
    public var run = RunSettings()
    public var previews = PreviewWish.none
    /// Who wants it. Jobs of equal priority of several submitters take turns.
    public var submitter = ""
    /// Smaller ones come first.
    public var priority = 0.0
    /// Its name; chosen by whoever submits it, or drawn.
    public var id = JobID()

    public init(_ workflow: Workflow) { self.workflow = workflow }

    /// In how many runs, and what differs between them.
    public enum Variation: Sendable {
        case once
        case sweep(Sweep, SweepSettings = SweepSettings())
        /// So many runs, between which values move on; the mode is what all seeds do, whatever the workflow says.
        case repeated(Int, mode: AfterGenerate.Mode? = nil)
    }
}

/// How the runs of a job are computed.
public struct RunSettings: Sendable {
    /// What the workflow is known by from run to run, where that isn't the place it lies at.
    public var identity: String?
    /// Runs every node, whatever is known already.
    public var forcesAll = false
    /// Runs these nodes, whatever is known already.
    public var forcedNodes: Set<String> = []
    /// Whether a node that does otherwise than was asked has failed.
    public var isStrict = false
    /// Seconds between two stored states of a long sampling; 0 stores none.
    public var resumeInterval = 10.0

    public init() {}
}

/// What a sweep does beside running its points.
public struct SweepSettings: Sendable {
    /// Doesn't report points again whose results are there already.
    public var skipsFinished = false
    /// Where the sheet of all pictures is written; `nil`: `sweep_00001_.png` in the output folder.
    public var sheet: String?
    /// Whether there is to be a sheet.
    public var hasSheet = true

    public init(skipsFinished: Bool = false, sheet: String? = nil, hasSheet: Bool = true) {
        (self.skipsFinished, self.sheet, self.hasSheet) = (skipsFinished, sheet, hasSheet)
    }
}

/// Which intermediate pictures somebody wants.
public enum PreviewWish: String, Sendable, Hashable, Codable {
    case none
    /// The latest, as often as it can be had.
    case newest
    /// Every one.
    case all
}
