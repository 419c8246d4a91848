internal import Nodes
internal import WorkflowEngine
internal import Workflows

/// Where runs are computed, one after another.
protocol RunWorker: Sendable {
    /// Computes one run to its end.
    ///
    /// - Parameter emit: told everything, in order, from any thread.
    func run(_ work: RunWork, emit: @escaping @Sendable (RunEvent) -> Void) async -> RunOutcome

    /// Makes the sheet of a sweep.
    ///
    /// - Returns: its path; `nil` when there is no picture to show.
    func sheet(_ work: SheetWork, control: RunControl) async throws(SessionError) -> String?

    /// How often a run may be begun again when it was cut off in its middle.
    var retries: Int { get }

    /// The process that computes, where it is another one and there is one now.
    var process: Int32? { get }

    /// Nothing more will come.
    func close()
}

/// One run, with all that it needs.
struct RunWork: Sendable {
    var graph: ResolvedGraph
    var options: RunOptions
    var services: NodeServices
    var library: any NodeLibrary
    var control: RunControl
}

/// How a run ended.
enum RunOutcome: Sendable {
    case report(RunReport)
    /// The process that computed it died.
    case died(WorkerDeath)
    /// It could not begin.
    case refused(SessionError)
}

extension PreviewRequest {
    /// Previews as PNG files, while somebody wants them.
    init(_ control: RunControl) {
        self.init(
            keepsAll: control.previews == .all, isWanted: { control.previews != .none },
            encode: { PreviewPicture.encode($0) })
    }
}
