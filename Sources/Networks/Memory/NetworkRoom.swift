package import Checkpoints
internal import Tensors

/// Where the networks of one computation are assembled: the store of their packed weights, and how much of those may stay in it.
package struct NetworkRoom: Sendable {
    private let store: WeightStore
    private let memory: NetworkMemory?
    /// `nil` keeps all.
    private let allowance: WeightAllowance?

    /// - Parameter memory: what the networks take; without it all their weights stay, whatever they take.
    package init(_ store: WeightStore, _ memory: NetworkMemory? = nil) {
        self.init(store, memory, allowance: memory.flatMap { $0.fits ? nil : WeightAllowance($0.kept) })
    }

    private init(_ store: WeightStore, _ memory: NetworkMemory?, allowance: WeightAllowance?) {
        self.store = store
        self.memory = memory
        self.allowance = allowance
    }

    /// A room for one network and one task.
    ///
    /// - Parameters:
    ///   - task: what is done, for an error: `looking at a picture`.
    ///   - content: the network's tensors.
    ///   - remedy: what helps beside more memory.
    ///   - rehearse: as `NetworkMemory` wants it.
    /// - Throws: `NetworkError.notEnoughMemory` when `limit` is too little even if no weights stay; what `rehearse` throws.
    init(
        _ store: WeightStore, limit: Int, for task: String, with content: any TensorSource, remedy: String? = nil,
        rehearse: (_ loader: LayerLoader, _ operations: Operations) throws -> Int
    ) throws {
        let memory = try NetworkMemory(content, beside: store, limit: limit, rehearse: rehearse)
        if let shortage = memory.shortage(for: task, in: content.displayName, remedy: remedy) { throw shortage }
        self.init(store, memory)
    }

    /// Assembles networks so that they keep within the memory; idle weights in the store make room.
    ///
    /// - Parameter make: gets what makes a loader of a source.
    package func assemble<Network>(_ make: (_ load: (any TensorSource) -> LayerLoader) throws -> Network) rethrows -> Network {
        let before = store.budget
        if let memory { store.budget = min(before, memory.room) }
        defer { store.budget = before }
        return try make { LayerLoader(source: $0, store: store, allowance: allowance) }
    }

    /// The same for networks that come and go beside those that are assembled by now: they share the layers that stay; where not all can
    /// stay, their own are read at every call.
    package var forGuests: NetworkRoom { NetworkRoom(store, memory, allowance: allowance?.spent) }

    /// Layers that found no room.
    package var streamedLayers: Int { allowance?.streamedLayers ?? 0 }
}
