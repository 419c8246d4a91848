package import Digests
internal import Synchronization

/// How many bytes of packed weights the networks of one computation may keep between their operations.
///
/// Layers take of it in the order in which networks are assembled; those for which nothing is left are streamed: read, patched and packed
/// whenever an operation needs them. Keeping the first ones rather than the last ones used is right here: a network goes through its
/// layers in the same order again and again, and whatever was used last would be dropped just before it is wanted.
package final class WeightAllowance: Sendable {
    private struct State {
        var left: Int
        var kept: Set<Digest> = []
        var streamed = 0
    }
    private let state: Mutex<State>

    package init(_ bytes: Int) { state = Mutex(State(left: max(bytes, 0))) }

    private init(keeping kept: Set<Digest>) { state = Mutex(State(left: 0, kept: kept)) }

    /// Whether a layer of so many bytes may stay. One that stays already takes nothing more: networks share it.
    package func keeps(_ layer: Digest, _ bytes: Int) -> Bool {
        state.withLock { state in
            if state.kept.contains(layer) { return true }
            guard bytes <= state.left else {
                state.streamed += 1
                return false
            }
            state.left -= bytes
            state.kept.insert(layer)
            return true
        }
    }

    /// A layer too small to be worth streaming stays, whatever is left.
    func keepSmall(_ layer: Digest, _ bytes: Int) {
        state.withLock { if $0.kept.insert(layer).inserted { $0.left -= bytes } }
    }

    /// Layers that found no room.
    package var streamedLayers: Int { state.withLock { $0.streamed } }

    /// An allowance of what stays by now, and nothing more.
    var spent: WeightAllowance { WeightAllowance(keeping: state.withLock { $0.kept }) }
}
