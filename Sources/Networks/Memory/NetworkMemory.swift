internal import Checkpoints
internal import Tensors

/// What networks take while they are in use, and how they keep within the memory allowed.
package struct NetworkMemory: Sendable {
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

    /// Bytes that packed weights may take together, those of other networks included.
    package var room: Int { fits ? limit - taken - activations : kept }

    /// Why a task can't be done in the memory allowed; `nil` if it can.
    ///
    /// - Parameters:
    ///   - task: what is done: `sampling 512×512 pixels`.
    ///   - remedy: what helps beside more memory: `choose a smaller picture`.
    package func shortage(for task: String, in place: String, remedy: String? = nil) -> NetworkError? {
        guard least > limit else { return nil }
        let least = least >> 20 + 1
        return NetworkError(
            .notEnoughMemory, in: place, reason: "\(task) needs at least \(least) MiB, \(limit >> 20) MiB are allowed",
            hint: "allow more (--memory \(least)M)" + (remedy.map { ", or " + $0 } ?? ""))
    }
}

extension NetworkMemory {
    /// What one network takes, which is gone through once without its weights.
    ///
    /// - Parameter rehearse: assembles the network with the loader and has it compute what it will have to, with the operations.
    ///   Returns bytes that its caller takes meanwhile.
    init(
        _ content: any TensorSource, beside store: WeightStore, limit: Int,
        rehearse: (_ loader: LayerLoader, _ operations: Operations) throws -> Int
    ) throws {
        let layers = WeighedLayers(), rehearsal = Rehearsal()
        let caller = try rehearse(LayerLoader(weighing: content, layers), Operations(executor: rehearsal))
        self.init(
            limit: limit, taken: MemoryBudget.taken(beside: store), activations: rehearsal.peakBytes + caller,
            weights: layers.bytes, largestLayer: layers.largest)
    }
}

extension MemoryBudget {
    /// Bytes that are alive and can't be dropped, and what the process takes beside tensors.
    package static func taken(beside store: WeightStore) -> Int { max(0, TensorMemory.liveBytes - store.byteCount) + overhead }
}
