internal import Tensors

/// What networks take while they are in use, and how they keep within the memory allowed.
package struct NetworkMemory {
    /// Bytes that the process may take.
    package var limit: Int
    /// Bytes that are taken already, whatever is done.
    package var taken: Int
    /// Bytes of activations at a time.
    package var activations: Int
    /// Bytes of all packed weights.
    package var weights: Int
    /// Of the largest layer, packed.
    package var largestLayer: Int
    /// Whether items of a batch are computed one after the other.
    package var takesItemsApart = false

    package init(limit: Int, taken: Int, activations: Int, weights: Int, largestLayer: Int, takesItemsApart: Bool = false) {
        self.limit = limit
        self.taken = taken
        self.activations = activations
        self.weights = weights
        self.largestLayer = largestLayer
        self.takesItemsApart = takesItemsApart
    }

    /// Whether all weights can stay.
    package var fits: Bool { taken + activations + weights <= limit }

    /// The fewest bytes that do: a layer as its file has it, as patches make it, and packed.
    package var least: Int { taken + activations + min(weights, 3 * largestLayer) }

    /// Bytes of weights that may stay when not all can.
    package var kept: Int { max(0, limit - least) }

    /// Assembles networks so that they keep within it; other weights in the store make room.
    ///
    /// - Parameter make: gets what may be kept, `nil` where everything may.
    package func assemble<Network>(in store: WeightStore, _ make: (WeightAllowance?) throws -> Network) rethrows -> Network {
        let before = store.budget
        store.budget = min(before, max(0, fits ? limit - taken - activations : kept))
        defer { store.budget = before }
        return try make(fits ? nil : WeightAllowance(kept))
    }
}

extension MemoryBudget {
    /// Bytes that are alive and can't be dropped, and what the process takes beside tensors.
    package static func taken(beside store: WeightStore) -> Int { max(0, TensorMemory.liveBytes - store.byteCount) + overhead }
}

extension ParameterTree {
    /// Bytes that the weights take when they are packed: whole panels of 32 outputs, two bytes where the source has two.
    package var packedBytes: (all: Int, largest: Int) {
        parameters.reduce((0, 0)) { sum, parameter in
            guard let rows = parameter.shape.first, rows > 0 else { return sum }
            let size = parameter.dtype == .float16 || parameter.dtype == .bfloat16 ? 2 : 4
            let isMatrix = parameter.role != .table && parameter.shape.count > 1
            let bytes = (isMatrix ? (rows + 31) / 32 * 32 : rows) * (parameter.shape.reduce(1, *) / rows) * size
            return (sum.0 + bytes, max(sum.1, bytes))
        }
    }
}
