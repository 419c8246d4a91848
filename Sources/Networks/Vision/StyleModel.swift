public import Checkpoints
public import Descriptions
public import Tensors

/// A T2I style adapter (Mou et al. 2023) as a recipe: where its weights are. ComfyUI's STYLE_MODEL.
public struct StyleModel: Sendable {
    private(set) var content: any TensorSource

    /// - Throws: `CheckpointError` when the file has none.
    public init(_ source: any TensorSource) throws { content = try Checkpoint.styleModel(source) }

    init(content: any TensorSource) { self.content = content }

    /// The style of seen pictures as tokens to put behind those of a text.
    ///
    /// - Parameter memoryLimit: bytes that this process may take; weights for which there is no room are read when they are needed, with
    ///   the same bits.
    /// - Returns: `[1, 8 · pictures, width]`.
    /// - Throws: `NetworkError`, also when the memory allowed is too little, or what reading weights throws.
    public func tokens(
        of seen: VisionOutput, store: WeightStore = .shared, memoryLimit: Int = MemoryBudget.limit
    ) throws -> Tensor {
        let room = try NetworkRoom(store, limit: memoryLimit, for: "applying a style", with: content) { loader, operations in
            _ = try adapter(loader, for: seen.lastHidden)(seen.lastHidden, operations)
            return 0
        }
        return try tokens(of: seen, in: room)
    }

    func tokens(of seen: VisionOutput, in room: NetworkRoom) throws -> Tensor {
        let network = try room.assemble { load in try adapter(load(content), for: seen.lastHidden) }
        let tokens = try network(seen.lastHidden, Operations())
        return tokens.reshaped([1, tokens.shape[0] * tokens.shape[1], tokens.shape[2]])
    }

    /// The network, if it fits what was seen.
    private func adapter(_ loader: LayerLoader, for hidden: Tensor) throws -> StyleAdapter {
        let adapter = try StyleAdapter(loader: loader)
        guard hidden.rank == 3, hidden.shape[2] == adapter.width else {
            throw NetworkError(
                .wrongInput, in: content.displayName,
                reason: "the seen picture is \(hidden.shape.last ?? 0) numbers wide, this style model wants \(adapter.width)",
                hint: "the published one belongs to CLIP's ViT-L/14")
        }
        return adapter
    }
}

/// The network: learnt tokens look at those of the picture through a few of CLIP's layers, and what they become is the style.
struct StyleAdapter: Sendable {
    private static let heads = 8

    /// Of the vision model's tokens.
    let width: Int
    /// `[1, tokens, width]`.
    private let queries: Tensor
    private let firstNorm, finalNorm: NormWeights
    private let layers: [CLIPLayer]
    private let projection: LinearWeights

    init(loader: LayerLoader) throws {
        let shape = try loader.demandedShape("style_embedding")
        guard shape.count == 3, shape[0] == 1, shape[1] > 0, shape[2] > 0, shape[2] % Self.heads == 0 else {
            throw loader.wrongShape("style_embedding", "[1, tokens, a multiple of \(Self.heads)] was expected")
        }
        width = shape[2]
        queries = try loader.tensor("style_embedding")
        firstNorm = try loader.norm("ln_pre", channels: width)
        finalNorm = try loader.norm("ln_post", channels: width)
        layers = try CLIPLayer.all(
            in: loader.part("layers"), width: width, heads: Self.heads, usesQuickGELU: true, isCausal: false)
        projection = try loader.linear("projection", inputs: width)
    }

    /// - Parameter seen: `[pictures, tokens, width]`.
    /// - Returns: `[pictures, style tokens, context width]`.
    func callAsFunction(_ seen: Tensor, _ operations: Operations) throws -> Tensor {
        var x = try operations.join([seen, operations.repeated(queries, toBatch: seen.shape[0])], along: 1)
        x = try operations.layerNorm(x, firstNorm)
        for (index, layer) in layers.enumerated() { x = try layer(x, index: index, operations) }
        let styles = try operations.take(x, along: 1, from: seen.shape[1], count: queries.shape[1])
        return try operations.linear(operations.layerNorm(styles, finalNorm), projection)
    }
}

extension StyleModel: Recipe {
    public static var blank: StyleModel { StyleModel(content: NoSource()) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("style model"))
        try visitor.visit("content", &content)
    }
}
