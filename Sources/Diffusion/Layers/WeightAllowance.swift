internal import Synchronization
internal import Tensors

/// How many bytes of packed weights the networks of one computation may keep between their operations.
///
/// Layers take of it in the order in which networks are assembled; those for which nothing is left are streamed: read, patched and packed
/// whenever an operation needs them. Keeping the first ones rather than the last ones used is right here: a network goes through its
/// layers in the same order again and again, and whatever was used last would be dropped just before it is wanted.
final class WeightAllowance: Sendable {
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

extension MemoryBudget {
    /// Bytes that are alive and can't be dropped, and what the process takes beside tensors.
    static func taken(beside store: WeightStore) -> Int { max(0, TensorMemory.liveBytes - store.byteCount) + overhead }
}

/// What networks take while they are in use, and how they keep within the memory allowed.
struct NetworkMemory {
    /// Bytes that the process may take.
    var limit: Int
    /// Bytes that are taken already, whatever is done.
    var taken: Int
    /// Bytes of activations at a time.
    var activations: Int
    /// Bytes of all packed weights.
    var weights: Int
    /// Of the largest layer, packed.
    var largestLayer: Int
    /// Whether items of a batch are computed one after the other.
    var takesItemsApart = false

    /// Whether all weights can stay.
    var fits: Bool { taken + activations + weights <= limit }

    /// The fewest bytes that do: a layer as its file has it, as patches make it, and packed.
    var least: Int { taken + activations + min(weights, 3 * largestLayer) }

    /// Bytes of weights that may stay when not all can.
    var kept: Int { max(0, limit - least) }

    /// Assembles networks so that they keep within it; other weights in the store make room.
    ///
    /// - Parameter make: gets what may be kept, `nil` where everything may.
    func assemble<Network>(in store: WeightStore, _ make: (WeightAllowance?) throws -> Network) rethrows -> Network {
        let before = store.budget
        store.budget = min(before, max(0, fits ? limit - taken - activations : kept))
        defer { store.budget = before }
        return try make(fits ? nil : WeightAllowance(kept))
    }
}

extension ParameterTree {
    /// Bytes that the weights take when they are packed: whole panels of 32 outputs, two bytes where the source has two.
    var packedBytes: (all: Int, largest: Int) {
        parameters.reduce((0, 0)) { sum, parameter in
            guard let rows = parameter.shape.first, rows > 0 else { return sum }
            let size = parameter.dtype == .float16 || parameter.dtype == .bfloat16 ? 2 : 4
            let isMatrix = parameter.role != .table && parameter.shape.count > 1
            let bytes = (isMatrix ? (rows + 31) / 32 * 32 : rows) * (parameter.shape.reduce(1, *) / rows) * size
            return (sum.0 + bytes, max(sum.1, bytes))
        }
    }
}
