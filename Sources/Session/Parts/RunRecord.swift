internal import Problems
internal import Synchronization
internal import WorkflowEngine

/// What is known of a run by its events: all there is to report of one whose process died.
final class RunRecord: Sendable {
    private struct State {
        var nodes: [RunReport.Node] = []
        var places: [String: Int] = [:]
        var report = RunReport()
        var running: NodeLabel?
        var hasStarted = false
        /// Told before, by a process that died.
        var told: Set<String> = []
        var isAgain = false
        var begin = ContinuousClock.now
    }

    private let state = Mutex(State())

    /// A process begins, the first one or another.
    func begin() {
        state.withLock { state in
            let isFirst = state.told.isEmpty
            state.isAgain = !isFirst
            (state.running, state.hasStarted) = (nil, false)
        }
    }

    /// The node that was being computed when the last event came.
    var runningNode: NodeLabel? { state.withLock { $0.running } }

    /// Whether any node has been computed, or begun.
    var hasStarted: Bool { state.withLock { $0.hasStarted } }

    /// Notes an event.
    ///
    /// - Returns: false for a file or text that was told before, by a process that died.
    func isNew(_ event: RunEvent) -> Bool {
        state.withLock { state in
            var isNew = true
            switch event {
            case .started(let node, let reason):
                (state.running, state.hasStarted) = (node, true)
                note(node, .failed, in: &state) { $0.reason = reason }
            case .finished(let node, let seconds):
                state.running = nil
                note(node, .ran, in: &state) { $0.seconds = seconds }
            case .reused(let node, let place): note(node, .reused, in: &state) { $0.place = place }
            case .skipped(let node, let cause): note(node, .skipped, in: &state) { $0.skippedBecause = cause }
            case .failed(let failure):
                state.running = nil
                note(failure.node, .failed, in: &state) { $0.failure = failure }
            case .outputFile(let node, let file, let isReused):
                isNew = state.told.insert("file \(node.name) \(file.path)").inserted
                if isNew {
                    let index = state.report.files.count { $0.node == node }
                    state.report.files.append(.init(node: node, file: file, index: index, isReused: isReused))
                }
            case .text(let node, let text):
                isNew = state.told.insert("text \(node.name) \(text)").inserted || !state.isAgain
                if isNew { state.report.texts.append((node, text)) }
            case .warning(let node, let message):
                state.report.warnings.append(node.map { "\($0.name): \(message)" } ?? message)
            case .planned, .progress, .resumed, .preview, .interrupted: break
            }
            return isNew
        }
    }

    private func note(
        _ label: NodeLabel, _ status: RunReport.Status, in state: inout State, change: (inout RunReport.Node) -> Void
    ) {
        let place = state.places[label.name] ?? state.nodes.count
        if place == state.nodes.count {
            state.places[label.name] = place
            state.nodes.append(RunReport.Node(label: label, status: status, seconds: 0))
        }
        state.nodes[place].status = status
        change(&state.nodes[place])
    }

    /// What there is to report.
    ///
    /// - Parameter breakdown: why the process died.
    func report(breakdown: WorkerDeath? = nil, isInterrupted: Bool = false) -> RunReport {
        state.withLock { state in
            var report = state.report
            report.nodes = state.nodes
            report.seconds = (ContinuousClock.now - state.begin) / .seconds(1)
            report.isInterrupted = isInterrupted
            for place in report.nodes.indices where report.nodes[place].status == .failed && report.nodes[place].failure == nil {
                report.nodes[place].status = .interrupted
            }
            report.breakdown = breakdown.map { CarriedProblem(ProblemRecord($0)) }
            return report
        }
    }
}
