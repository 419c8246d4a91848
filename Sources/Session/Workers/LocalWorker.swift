internal import Tensors
internal import WorkflowEngine

/// Computes in this process, on a lane of its own.
struct LocalWorker: RunWorker {
    let cache: ResultCache
    private let lane = ComputeLane(capacity: 16)

    init(cache: ResultCache) { self.cache = cache }

    var retries: Int { 0 }
    var process: Int32? { nil }

    func run(_ work: RunWork, emit: @escaping @Sendable (RunEvent) -> Void) async -> RunOutcome {
        let engine = Engine(library: work.library, cache: cache, lane: lane)
        var options = work.options
        options.previews = PreviewRequest(work.control)
        do {
            let report = try await onLane { [options] in
                // What earlier runs of this process left.
                TensorMemory.trimHeap()
                return engine.compute(work.graph, options: options, cancellation: work.control.cancellation, emit: emit)
            }
            return .report(report)
        } catch {
            return .refused(SessionError(error))
        }
    }

    func sheet(_ work: SheetWork, control: RunControl) async throws(SessionError) -> String? {
        let outcome: Result<String?, any Error>
        do {
            outcome = try await onLane { Result { try work.write() } }
        } catch {
            throw SessionError(error)
        }
        do { return try outcome.get() } catch { throw SessionError(.unreadableFile, "\(error)") }
    }

    func close() {}

    private func onLane<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws(LaneError) -> Value {
        let outcome = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, LaneError>, Never>) in
            do throws(LaneError) {
                try lane.submit { continuation.resume(returning: .success(work())) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try outcome.get()
    }
}

extension SessionError {
    init(_ error: LaneError) {
        switch error {
        case .full: self.init(error, code: .queueFull)
        case .noThread: self.init(error, code: .noWorker)
        }
    }
}
