internal import Cancellations

/// What a node may ask of the run it is part of.
public struct RunContext: Sendable {
    /// The node's name in the document (ComfyUI's node id).
    public let node: String
    /// What a person calls it: the title, or the name.
    public let title: String
    /// Canonical class name.
    public let type: String
    /// Which element of a list this call is for, and of how many; 0 of 1 without lists.
    public let listIndex: Int
    public let listCount: Int
    /// The workflow as files should carry it.
    public let metadata: WorkflowMetadata
    /// Where a long computation leaves its state now and then; `nil` when nothing is kept.
    public let resumePoint: ResumePoint?

    private let report: @Sendable (Message) -> Void
    private let previews: @Sendable () -> Bool

    /// What a node tells while it runs.
    public enum Message: Sendable {
        case progress(step: Int, of: Int)
        case preview(any WorkflowValue, step: Int, of: Int)
        case resumed(step: Int, of: Int)
        case warning(String)
    }

    /// - Parameters:
    ///   - wantsPreviews: whether anybody looks at previews now; making them costs time.
    ///   - report: called on whatever thread the node computes on.
    public init(
        node: String, title: String? = nil, type: String, listIndex: Int = 0, listCount: Int = 1,
        metadata: WorkflowMetadata = WorkflowMetadata(), resumePoint: ResumePoint? = nil,
        wantsPreviews: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (Message) -> Void = { _ in }
    ) {
        self.node = node
        self.title = title ?? node
        self.type = type
        self.listIndex = listIndex
        self.listCount = listCount
        self.metadata = metadata
        self.resumePoint = resumePoint
        self.previews = wantsPreviews
        self.report = report
    }

    /// Tells how far the node is: `step` of `of` done.
    public func progress(_ step: Int, of: Int) { report(.progress(step: step, of: of)) }

    /// Tells that the node goes on where an interrupted run left it: the step it does next, counted from 1.
    public func resumed(at step: Int, of: Int) { report(.resumed(step: step, of: of)) }

    /// Whether a preview would be looked at now. That may change from step to step.
    public var wantsPreviews: Bool { previews() }

    /// Shows an intermediate value (a small picture). Check `wantsPreviews` before making one.
    public func preview(_ value: any WorkflowValue, step: Int, of: Int) {
        if previews() { report(.preview(value, step: step, of: of)) }
    }

    /// Something the person should know, though the node goes on.
    public func warn(_ message: String) { report(.warning(message)) }

    /// The same as `Cancellation.check()`, which everything that computes for the node asks by itself.
    ///
    /// - Throws: `CancellationError` when the run was asked to stop.
    public func checkCancellation() throws { try Cancellation.check() }
}

/// The workflow's own text forms, for files that carry it.
public struct WorkflowMetadata: Sendable {
    private let makePrompt: @Sendable () -> String
    /// The document as it was saved in ComfyUI's UI form, when it came from one.
    public let workflow: String?
    /// The document in our own form with what was set, when it came from one (`CarriedWorkflow`).
    public let carried: String?
    /// What was done otherwise than was asked, on the way to this node.
    public var warnings: [String] = []

    /// - Parameter prompt: makes the API form; called once for each file.
    public init(workflow: String? = nil, carried: String? = nil, prompt: @escaping @Sendable () -> String = { "{}" }) {
        self.workflow = workflow
        self.carried = carried
        self.makePrompt = prompt
    }

    /// The API form: one JSON object, ASCII only, as PNG's `prompt` chunk holds it.
    public var prompt: String { makePrompt() }
}

/// Where a sampler keeps its state, so that an interrupted run goes on where it was.
///
/// The state belongs to this node's key and list index: changed inputs never see it.
public struct ResumePoint: Sendable {
    private let load: @Sendable () -> StoredValue?
    private let save: @Sendable (StoredValue) -> Void
    private let saveNow: @Sendable (StoredValue) -> Void
    private let due: @Sendable () -> Bool
    private let before: @Sendable () -> Double

    /// - Parameter secondsBefore: see there.
    public init(
        load: @escaping @Sendable () -> StoredValue?, secondsBefore: @escaping @Sendable () -> Double = { 0 },
        due: @escaping @Sendable () -> Bool, save: @escaping @Sendable (StoredValue) -> Void,
        saveNow: @escaping @Sendable (StoredValue) -> Void = { _ in }
    ) {
        self.saveNow = saveNow
        self.load = load
        self.before = secondsBefore
        self.due = due
        self.save = save
    }

    /// The state an earlier, interrupted run of the same computation left.
    public func stored() -> StoredValue? { load() }

    /// Seconds that went into the state which `stored` gave, over all the runs that worked on it.
    public var secondsBefore: Double { before() }

    /// Whether enough time has passed that storing is worth it. Ask before making the state.
    public var isDue: Bool { due() }

    /// Keeps the state. A failure to write is not an error of the node.
    public func store(_ state: StoredValue) { save(state) }

    /// Keeps a small state at once: it is there when this returns, and so for the process that follows one that is killed. It isn't
    /// pushed to the disk itself. A failure to write is not an error of the node.
    public func note(_ state: StoredValue) { saveNow(state) }
}
