internal import Synchronization

/// Keeps a workflow's history up to date while it runs, so that a killed run leaves behind what it found out.
///
/// A write takes the whole history. The first happens a moment after something is known, the next ones at least so long after
/// that, that all of them together take a small part of the run.
final class HistoryRecorder: Sendable {
    private let cache: ResultCache
    private let workflow: String
    private let state: Mutex<State>
    /// Seconds between something new and its writing.
    static let delay = 0.25
    /// Pauses are so many times as long as the write before took.
    private static let pause = 50.0

    private struct State {
        var history: RunHistory
        var isPlanned = false
        var isFinished = false
        var delay = HistoryRecorder.delay
    }

    /// - Parameter history: the last run's.
    init(_ history: RunHistory, of workflow: String, in cache: ResultCache) {
        self.cache = cache
        self.workflow = workflow
        state = Mutex(State(history: history))
    }

    /// Notes what a node came to; from any thread.
    func note(_ trace: NodeTrace, of node: String) {
        guard let disk = cache.disk else { return }
        let delay = state.withLock { state -> Double? in
            state.history.traces[node] = trace
            if state.isPlanned { return nil }
            state.isPlanned = true
            return state.delay
        }
        if let delay { disk.afterwards(delay) { [self] in write(disk) } }
    }

    private func write(_ disk: DiskCache) {
        let history = state.withLock { $0.isFinished ? nil : $0.history }
        guard let history else { return }
        let start = Clock.now
        disk.writeHistory(history, of: workflow)
        let took = Clock.now - start
        state.withLock { state in
            state.isPlanned = false
            state.delay = max(Self.delay, Self.pause * took)
        }
    }

    /// Nothing is written from here on but what the run itself stores at its end.
    func finish() { state.withLock { $0.isFinished = true } }
}
