internal import Dispatch
internal import Glibc
internal import Synchronization

/// Encodes the previews of a run on a thread of its own, so that the computation needn't wait for them.
final class PreviewPipe: Sendable {
    private struct Item {
        var node: NodeLabel
        var value: any WorkflowValue
        var step: Int, of: Int
    }

    private let request: PreviewRequest
    private let emit: @Sendable (RunEvent) -> Void
    private let lane = ComputeLane(capacity: 4)
    /// The newest one that nobody has begun to encode.
    private let newest = Mutex<Item?>(nil)

    init(_ request: PreviewRequest, emit: @escaping @Sendable (RunEvent) -> Void) {
        (self.request, self.emit) = (request, emit)
    }

    func show(_ value: any WorkflowValue, node: NodeLabel, step: Int, of: Int) {
        let item = Item(node: node, value: value, step: step, of: of)
        if request.keepsAll {
            while true {
                do {
                    return try lane.submit { [self] in encode(item) }
                } catch .full {
                    finish()
                } catch {
                    return encode(item)
                }
            }
        }
        let isWaiting = newest.withLock { newest in
            defer { newest = item }
            return newest != nil
        }
        if isWaiting { return }
        let take: @Sendable () -> Void = { [self] in
            let item = newest.withLock { newest in
                defer { newest = nil }
                return newest
            }
            if let item { encode(item) }
        }
        do { try lane.submit(take) } catch { take() }
    }

    private func encode(_ item: Item) {
        guard let picture = request.encode(item.value) else { return }
        emit(.preview(node: item.node, picture: picture, step: item.step, of: item.of))
    }

    /// Waits until everything that was shown has been told: a node's previews come before its end.
    func finish() {
        let done = DispatchSemaphore(value: 0)
        while true {
            do {
                try lane.submit { done.signal() }
                return done.wait()
            } catch .full {
                // Four pictures at most are in front of us.
                sched_yield()
            } catch {
                return
            }
        }
    }
}
