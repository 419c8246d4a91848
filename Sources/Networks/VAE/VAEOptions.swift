public import Tensors

/// What encoding and decoding use and tell.
public struct VAEOptions: Sendable {
    public var store: WeightStore
    /// Bytes that this process may take while it encodes or decodes: the program, weights, activations and whatever else is alive.
    /// Idle weights are dropped to make room; pictures that don't fit are computed in bands and spilled to a file, with the same bits.
    /// `nil` computes every picture at once.
    public var memoryLimit: Int?
    /// Called when a picture, a tile, or (in bands) a layer of so many is done; may throw to stop.
    public var progress: @Sendable (_ done: Int, _ of: Int) throws -> Void
    /// Have everything computed; others than the plain ones look on, or count. In bands they see bands, and no blocks.
    public var operations: Operations
    /// A way that tests want, whatever the memory.
    var plan: VAEPlan?

    public init(
        store: WeightStore = .shared, memoryLimit: Int? = MemoryBudget.limit,
        progress: @escaping @Sendable (_ done: Int, _ of: Int) throws -> Void = { _, _ in },
        operations: Operations = Operations()
    ) {
        self.store = store
        self.memoryLimit = memoryLimit
        self.progress = progress
        self.operations = operations
    }
}
