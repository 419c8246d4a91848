internal import Tensors

/// Two convolutions that are told the timestep in between, around a shortcut.
///
///     x ─┬─ norm, SiLU, conv 3×3 ─(+ embedding)─ norm, SiLU, conv 3×3 ─(+)─
///        └──────────── nothing, or conv 1×1 ─────────────────────────────┘
struct ResidualBlock: Sendable {
    let name: String
    let outputs: Int
    let firstNorm, secondNorm: NormWeights
    let firstConvolution, secondConvolution: ConvolutionWeights
    let embedding: LinearWeights
    let shortcut: ConvolutionWeights?

    /// - Parameter inputs: channels that come in, those of a skip connection included.
    init(loader: LayerLoader, inputs: Int, embeddingWidth: Int) throws {
        name = loader.name
        firstNorm = try loader.norm("in_layers.0", channels: inputs, groups: 32)
        firstConvolution = try loader.convolution("in_layers.2", inputs: inputs)
        outputs = firstConvolution.outputs
        embedding = try loader.linear("emb_layers.1", inputs: embeddingWidth, outputs: outputs)
        secondNorm = try loader.norm("out_layers.0", channels: outputs, groups: 32)
        secondConvolution = try loader.convolution("out_layers.3", inputs: outputs, outputs: outputs)
        if loader.has("skip_connection.weight") {
            let kernel = loader.shape("skip_connection.weight")?.last == 3 ? 3 : 1
            shortcut = try loader.convolution("skip_connection", inputs: inputs, outputs: outputs, kernel: kernel)
        } else if inputs == outputs {
            shortcut = nil
        } else {
            throw loader.wrongShape("in_layers.2.weight", "\(inputs) channels come in and there is no skip_connection")
        }
    }

    /// - Parameter parts: `[batch, height, width, cᵢ]`, channels side by side.
    /// - Returns: `[batch, height, width, outputs]`.
    func callAsFunction(_ parts: [Tensor], _ pass: UNetPass) throws -> Tensor {
        let operations = pass.operations
        var h = try operations.groupNorm(parts, firstNorm, epsilon: 1e-5, silu: true, named: name + ".in_layers.0")
        let channelBias = try operations.linear(pass.embedding, embedding, named: name + ".emb_layers")
        h = try operations.convolution(h, firstConvolution, channelBias: channelBias, named: name + ".in_layers.2")
        try operations.groupNorm(inPlace: &h, secondNorm, epsilon: 1e-5, silu: true, named: name + ".out_layers.0")
        let residual: Tensor
        if let shortcut {
            residual = try operations.convolution(parts, shortcut, named: name + ".skip_connection")
        } else {
            residual = try operations.join(parts, along: 3)
        }
        h = try operations.convolution(h, secondConvolution, adding: residual, named: name + ".out_layers.3")
        operations.block(name, h)
        return h
    }
}
