internal import Tensors

/// Turns latents into pictures (Rombach et al. 2022, the KL-regularised autoencoder).
struct VAEDecoder: Sendable {
    let latentChannels: Int
    let postQuantization: ConvolutionWeights?
    let first: ConvolutionWeights
    let middle: VAEMiddle
    /// From the smallest picture to the largest.
    let levels: [VAELevel]
    let outputNorm: NormWeights
    let last: ConvolutionWeights
    let trace: Trace

    init(loader: LayerLoader, trace: Trace) throws {
        let decoder = loader.part("decoder")
        let shape = try decoder.demandedShape("conv_in.weight")
        guard shape.count == 4 else { throw decoder.wrongShape("conv_in.weight", "a convolution was expected") }
        latentChannels = shape[1]
        postQuantization =
            loader.has("post_quant_conv.weight")
            ? try loader.convolution("post_quant_conv", inputs: latentChannels, outputs: latentChannels, kernel: 1) : nil
        first = try decoder.convolution("conv_in", inputs: latentChannels)
        middle = try VAEMiddle(loader: decoder.part("mid"), channels: first.outputs)
        var channels = middle.second.outputs
        let count = (0...).prefix { decoder.has("up.\($0).block.0.norm1.weight") }.count
        levels = try (0..<count).reversed().map { number in
            let level = try VAELevel(loader: decoder.part("up.\(number)"), inputs: channels)
            channels = level.outputs
            return level
        }
        outputNorm = try decoder.norm("norm_out", channels: channels, groups: 32)
        last = try decoder.convolution("conv_out", inputs: channels, outputs: 3)
        self.trace = trace
    }

    /// How many pixels a latent cell is wide.
    var factor: Int {
        levels.reduce(1) { factor, level in
            if case .up = level.resampling { factor * 2 } else { factor }
        }
    }

    /// - Parameter latent: `[batch, height, width, latentChannels]`, in the VAE's own scale.
    /// - Returns: `[batch, height · factor, width · factor, 3]`, about −1…1.
    func callAsFunction(_ latent: Tensor) -> Tensor {
        var h = latent
        if let postQuantization {
            h = trace.layer(.convolution, "post_quant_conv") { convolution(h, postQuantization) }
            trace.block("post_quant_conv", h)
        }
        h = trace.layer(.convolution, "decoder.conv_in") { convolution(h, first) }
        trace.block("decoder.conv_in", h)
        h = middle(consume h, trace)
        for level in levels { h = level(consume h, trace) }
        trace.layer(.norm, "decoder.norm_out", on: &h) { groupNorm(inPlace: &$0, outputNorm, epsilon: 1e-6, silu: true) }
        h = trace.layer(.convolution, "decoder.conv_out") { convolution(h, last) }
        trace.block("decoder.conv_out", h)
        return h
    }

    /// Bytes of activations that decoding a latent of that size needs at the same time, about.
    func memoryNeeded(height: Int, width: Int) -> Int {
        var pixels = height * width
        var most = 0
        for level in levels {
            for block in level.blocks {
                most = max(most, pixels * block.residual.widestMoment)
            }
            if case .up = level.resampling {
                most = max(most, pixels * 5 * level.outputs)
                pixels *= 4
            }
        }
        return most * 4
    }
}
