internal import Tensors

/// Attention of all pixels to one another, with one head.
package struct VAEAttentionBlock: Sendable {
    let name: String
    let channels: Int
    let norm: NormWeights
    /// Queries, keys and values side by side.
    let project: LinearWeights
    let projectOut: LinearWeights

    init(loader: LayerLoader, channels: Int) throws {
        name = loader.name
        self.channels = channels
        norm = try loader.norm("norm", channels: channels, groups: 32)
        project = try loader.linear(joining: ["q", "k", "v"], inputs: channels, outputs: channels)
        projectOut = try loader.linear("proj_out", inputs: channels, outputs: channels)
    }

    /// - Parameter x: `[batch, height, width, channels]`.
    func callAsFunction(_ x: Tensor, _ operations: Operations) throws -> Tensor {
        let tokens = try operations.groupNorm(x, norm, epsilon: VAELayer.epsilon, named: name + ".norm")
            .reshaped([x.shape[0], x.shape[1] * x.shape[2], channels])
        let joined = try operations.linear(tokens, project, named: name + ".qkv")
        func part(_ number: Int) -> TokenColumns { TokenColumns(joined, from: number * channels, count: channels) }
        let seen = try operations.attention(query: part(0), key: part(1), value: part(2), heads: 1, named: name)
        let y = try operations.linear(seen, projectOut, adding: x, named: name + ".proj_out").reshaped(x.shape)
        operations.block(name, y)
        return y
    }
}
