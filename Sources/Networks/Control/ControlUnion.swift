internal import Tensors

/// What a ControlNet of many kinds has beside others (xinsir, "ControlNet++", 2024): it is told which kind of hint it gets.
struct ControlUnion: Sendable {
    private static let heads = 8
    /// Numbers that the flag of a kind is spread over.
    private static let waves = 256

    /// How many kinds it knows.
    let kinds: Int
    /// One row a kind, `[kinds, width]`.
    private let tasks: Tensor
    private let layers: [CLIPLayer]
    private let projection: LinearWeights
    private let firstEmbedding, secondEmbedding: LinearWeights

    /// `nil` for a ControlNet of one kind.
    ///
    /// - Parameters:
    ///   - channels: of the encoded hint.
    ///   - embeddingWidth: of the time embedding.
    init?(loader: LayerLoader, channels: Int, embeddingWidth: Int) throws {
        guard let shape = loader.shape("task_embedding") else { return nil }
        guard shape.count == 2, shape[0] > 0, shape[1] == channels, channels % Self.heads == 0 else {
            throw loader.wrongShape("task_embedding", "[kinds, \(channels)] was expected")
        }
        kinds = shape[0]
        tasks = try loader.tensor("task_embedding")
        layers = try CLIPLayer.all(
            in: loader.part("layers"), width: channels, heads: Self.heads, usesQuickGELU: true, isCausal: false)
        projection = try loader.linear("spatial_ch_projs", inputs: channels, outputs: channels)
        firstEmbedding = try loader.linear("control_add_embedding.linear_1", inputs: kinds * Self.waves)
        secondEmbedding = try loader.linear(
            "control_add_embedding.linear_2", inputs: firstEmbedding.outputs, outputs: embeddingWidth)
    }

    /// What is added to the time embedding, `[1, embeddingWidth]`.
    func embedding(of kind: Int?, _ operations: Operations) throws -> Tensor {
        let flags = (0..<kinds).map { $0 == kind ? Float(1) : 0 }
        let waves = sinusoids(of: flags, width: Self.waves).reshaped([1, kinds * Self.waves])
        return try operations.linear(operations.linear(waves, firstEmbedding, activation: .silu), secondEmbedding)
    }

    /// An encoded hint, shifted channel by channel according to its kind.
    ///
    /// - Parameter hint: `[batch, height, width, channels]`.
    func shifted(_ hint: Tensor, kind: Int, _ operations: Operations) throws -> Tensor {
        let (batch, pixels, channels) = (hint.shape[0], hint.shape[1] * hint.shape[2], hint.shape[3])
        let task = try operations.pick(tasks, items: Array(repeating: kind, count: batch))
        let means = try operations.take(
            operations.averageOverPicture(hint).reshaped([batch, pixels, channels]), along: 1, from: 0, count: 1)
        var token = try operations.add(means, task.reshaped([batch, 1, channels]))
        for (index, layer) in layers.enumerated() { token = try layer(token, index: index, operations) }
        return try operations.addToChannels(hint, operations.linear(token, projection))
    }
}
