internal import Checkpoints
internal import Tensors

/// Transformer blocks on the pixels of a picture as tokens, around a shortcut.
struct SpatialTransformer: Sendable {
    let name: String
    let norm: NormWeights
    let projectIn, projectOut: LinearWeights
    let blocks: [TransformerBlock]

    init(
        loader: LayerLoader, channels: Int, contextWidth: Int, family: ModelFamily, separateProjections: SeparateProjections
    ) throws {
        name = loader.name
        norm = try loader.norm("norm", channels: channels, groups: 32)
        projectIn = try loader.linear("proj_in", inputs: channels)
        let width = projectIn.outputs
        let heads = family.heads.of(channels: width)
        guard width % heads == 0 else {
            throw loader.wrongShape("proj_in.weight", "the channels don't divide into attention heads")
        }
        var blocks: [TransformerBlock] = []
        while loader.has("transformer_blocks.\(blocks.count).norm1.weight") {
            blocks.append(
                try TransformerBlock(
                    loader: loader.part("transformer_blocks.\(blocks.count)"), width: width, heads: heads, index: blocks.count,
                    contextWidth: contextWidth, separateProjections: separateProjections))
        }
        self.blocks = blocks
        projectOut = try loader.linear("proj_out", inputs: width, outputs: channels)
    }

    /// - Parameter x: `[batch, height, width, channels]`.
    func callAsFunction(_ x: Tensor, _ pass: UNetPass) throws -> Tensor {
        let operations = pass.operations
        let (batch, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        var tokens = try operations.groupNorm(x, norm, epsilon: 1e-6, named: name + ".norm")
            .reshaped([batch, height * width, channels])  // pixels are tokens as they lie
        tokens = try operations.linear(tokens, projectIn, named: name + ".proj_in")
        for block in blocks { tokens = try block(tokens, pass) }
        let y = try operations.linear(tokens, projectOut, adding: x, named: name + ".proj_out").reshaped(x.shape)
        operations.block(name, y)
        return y
    }
}
