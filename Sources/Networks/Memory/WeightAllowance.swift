internal import Synchronization
internal import Tensors

/// How many bytes of packed weights the networks of one computation may keep between their operations.
///
/// Layers take of it in the order in which networks are assembled; those for which nothing is left are streamed: read, patched and packed
/// whenever an operation needs them. Keeping the first ones rather than the last ones used is right here: a network goes through its
/// layers in the same order again and again, and whatever was used last would be dropped just before it is wanted.
package final class WeightAllowance: Sendable {
    private let state: Mutex<(left: Int, streamed: Int)>

    init(_ bytes: Int) { state = Mutex((max(bytes, 0), 0)) }

    /// Whether a layer of so many bytes may stay.
    func keeps(_ bytes: Int) -> Bool {
        state.withLock { state in
            guard bytes <= state.left else {
                state.streamed += 1
                return false
            }
            state.left -= bytes
            return true
        }
    }

    /// Layers that found no room.
    var streamedLayers: Int { state.withLock { $0.streamed } }
}
