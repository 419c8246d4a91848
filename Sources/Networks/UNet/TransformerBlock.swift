internal import Tensors

/// Self-attention, attention to the text, and a gated feed-forward layer, each on normalised tokens and added to them.
struct TransformerBlock: Sendable {
    let name: String
    let selfAttention, crossAttention: AttentionLayer
    let norms: (NormWeights, NormWeights, NormWeights)
    let expand: GEGLUWeights
    let contract: LinearWeights

    init(
        loader: LayerLoader, width: Int, heads: Int, index: Int, contextWidth: Int, separateProjections: SeparateProjections
    ) throws {
        name = loader.name
        norms = (
            try loader.norm("norm1", channels: width), try loader.norm("norm2", channels: width),
            try loader.norm("norm3", channels: width)
        )
        // Some levels of the ×4 upscaler look at the text twice: too many pixels to look at one another.
        let keys = loader.shape("attn1.to_k.weight")
        let looksAtText = contextWidth != width && keys?.count == 2 && keys?[1] == contextWidth
        selfAttention = try AttentionLayer(
            looksAtText ? .crossAttention : .selfAttention, loader: loader.part("attn1"), width: width,
            contextWidth: looksAtText ? contextWidth : width, heads: heads, index: index,
            separate: separateProjections.contains(looksAtText ? .crossAttention : .selfAttention))
        crossAttention = try AttentionLayer(
            .crossAttention, loader: loader.part("attn2"), width: width, contextWidth: contextWidth, heads: heads, index: index,
            separate: separateProjections.contains(.crossAttention))
        expand = try loader.geglu("ff.net.0.proj", inputs: width)
        contract = try loader.linear("ff.net.2", inputs: expand.outputs, outputs: width)
    }

    /// - Parameter x: `[batch, tokens, width]`.
    func callAsFunction(_ x: Tensor, _ pass: UNetPass) throws -> Tensor {
        let operations = pass.operations
        func normed(_ x: Tensor, _ weights: NormWeights, _ part: String) throws -> Tensor {
            try operations.layerNorm(x, weights, named: name + part)
        }
        var x = try selfAttention(normed(x, norms.0, ".norm1"), adding: x, pass)
        if let patch = pass.tokenPatch { x = try patch.applied(to: x, in: name, operations) }
        x = try crossAttention(normed(x, norms.1, ".norm2"), adding: x, pass)
        let hidden = try operations.geglu(normed(x, norms.2, ".norm3"), expand, named: name + ".ff.net.0")
        return try operations.linear(hidden, contract, adding: x, named: name + ".ff.net.2")
    }
}
