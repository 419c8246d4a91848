internal import Tensors

/// Two convolutions around a shortcut, without a timestep.
struct VAEResidualBlock: Sendable {
    let name: String
    let inputs: Int
    let outputs: Int
    let firstNorm, secondNorm: NormWeights
    let firstConvolution, secondConvolution: ConvolutionWeights
    let shortcut: ConvolutionWeights?

    init(loader: LayerLoader, inputs: Int) throws {
        name = loader.name
        self.inputs = inputs
        firstNorm = try loader.norm("norm1", channels: inputs, groups: 32)
        firstConvolution = try loader.convolution("conv1", inputs: inputs)
        outputs = firstConvolution.outputs
        secondNorm = try loader.norm("norm2", channels: outputs, groups: 32)
        secondConvolution = try loader.convolution("conv2", inputs: outputs, outputs: outputs)
        if loader.has("nin_shortcut.weight") {
            shortcut = try loader.convolution("nin_shortcut", inputs: inputs, outputs: outputs, kernel: 1)
        } else if loader.has("conv_shortcut.weight") {
            shortcut = try loader.convolution("conv_shortcut", inputs: inputs, outputs: outputs)
        } else if inputs == outputs {
            shortcut = nil
        } else {
            throw loader.wrongShape("conv1.weight", "\(inputs) channels come in and there is no nin_shortcut")
        }
    }

    /// Most channels that are held at a time: input (or its norm), shortcut, and the output of a convolution.
    var widestMoment: Int { shortcut == nil ? 3 * outputs : inputs + 2 * outputs }

    /// Writes over what it no longer needs: at 512×512 pixels each of these pictures takes 134 or 268 MB.
    ///
    /// - Parameter x: `[batch, height, width, inputs]`; hand it over, don't keep it.
    func callAsFunction(_ x: consuming Tensor, _ trace: Trace) -> Tensor {
        let residual: Tensor
        var h: Tensor
        if let shortcut {
            residual = trace.layer(.convolution, name + ".nin_shortcut") { [x] in convolution(x, shortcut) }
            h = consume x
            trace.layer(.norm, name + ".norm1", on: &h) { groupNorm(inPlace: &$0, firstNorm, epsilon: 1e-6, silu: true) }
        } else {
            residual = consume x
            h = trace.layer(.norm, name + ".norm1") { groupNorm(residual, firstNorm, epsilon: 1e-6, silu: true) }
        }
        h = trace.layer(.convolution, name + ".conv1") { convolution(h, firstConvolution) }
        trace.layer(.norm, name + ".norm2", on: &h) { groupNorm(inPlace: &$0, secondNorm, epsilon: 1e-6, silu: true) }
        h = trace.layer(.convolution, name + ".conv2") { convolution(h, secondConvolution, adding: residual) }
        trace.block(name, h)
        return h
    }
}

/// Attention of all pixels to one another, with one head.
struct VAEAttentionBlock: Sendable {
    let name: String
    let channels: Int
    let norm: NormWeights
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
    func callAsFunction(_ x: Tensor, _ trace: Trace) -> Tensor {
        let tokens = trace.layer(.norm, name + ".norm") { groupNorm(x, norm, epsilon: 1e-6) }
            .reshaped([x.shape[0], x.shape[1] * x.shape[2], channels])
        let joined = trace.layer(.linear, name + ".qkv") { linear(tokens, project) }
        func part(_ number: Int) -> TokenColumns { TokenColumns(joined, from: number * channels, count: channels) }
        let seen = trace.layer(.attention, name) { attention(query: part(0), key: part(1), value: part(2), heads: 1) }
        let y = trace.layer(.linear, name + ".proj_out") { linear(seen, projectOut, adding: x) }.reshaped(x.shape)
        trace.block(name, y)
        return y
    }
}

/// What encoder and decoder have in the middle: a block, attention, a block.
struct VAEMiddle: Sendable {
    let first: VAEResidualBlock
    let attention: VAEAttentionBlock?
    let second: VAEResidualBlock

    init(loader: LayerLoader, channels: Int) throws {
        first = try VAEResidualBlock(loader: loader.part("block_1"), inputs: channels)
        attention =
            loader.has("attn_1.norm.weight")
            ? try VAEAttentionBlock(loader: loader.part("attn_1"), channels: first.outputs) : nil
        second = try VAEResidualBlock(loader: loader.part("block_2"), inputs: first.outputs)
    }

    func callAsFunction(_ x: consuming Tensor, _ trace: Trace) -> Tensor {
        var h = first(consume x, trace)
        if let attention { h = attention(h, trace) }
        return second(consume h, trace)
    }
}

/// The residual blocks of one resolution, with attention after them where the file has it, and the way to the next one.
struct VAELevel: Sendable {
    enum Resampling: Sendable { case none, down(ConvolutionWeights), up(ConvolutionWeights) }

    let name: String
    let blocks: [(residual: VAEResidualBlock, attention: VAEAttentionBlock?)]
    let resampling: Resampling
    let outputs: Int

    init(loader: LayerLoader, inputs: Int) throws {
        name = loader.name
        var channels = inputs
        var blocks: [(residual: VAEResidualBlock, attention: VAEAttentionBlock?)] = []
        while loader.has("block.\(blocks.count).norm1.weight") {
            let residual = try VAEResidualBlock(loader: loader.part("block.\(blocks.count)"), inputs: channels)
            channels = residual.outputs
            let attention =
                loader.has("attn.\(blocks.count).norm.weight")
                ? try VAEAttentionBlock(loader: loader.part("attn.\(blocks.count)"), channels: channels) : nil
            blocks.append((residual, attention))
        }
        self.blocks = blocks
        outputs = channels
        if loader.has("downsample.conv.weight") {
            // One row and column of zeros below and to the right, none above and to the left.
            let padding = Padding(top: 0, left: 0, bottom: 1, right: 1)
            resampling = .down(
                try loader.convolution("downsample.conv", inputs: channels, outputs: channels, stride: 2, padding: padding))
        } else if loader.has("upsample.conv.weight") {
            resampling = .up(try loader.convolution("upsample.conv", inputs: channels, outputs: channels))
        } else {
            resampling = .none
        }
    }

    func callAsFunction(_ x: consuming Tensor, _ trace: Trace) -> Tensor {
        var h = consume x
        for block in blocks {
            h = block.residual(consume h, trace)
            if let attention = block.attention { h = attention(h, trace) }
        }
        switch resampling {
        case .none: break
        case .down(let weights):
            h = trace.layer(.convolution, name + ".downsample") { convolution(h, weights) }
            trace.block(name + ".downsample", h)
        case .up(let weights):
            h = trace.layer(.convolution, name + ".upsample") { convolution(h, weights, upsampling: true) }
            trace.block(name + ".upsample", h)
        }
        return h
    }
}
