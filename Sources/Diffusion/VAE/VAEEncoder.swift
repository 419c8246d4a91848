internal import Tensors

/// Turns pictures into latents: the mean of the distribution that the autoencoder predicts.
struct VAEEncoder: Sendable {
    let latentChannels: Int
    let first: ConvolutionWeights
    /// From the largest picture to the smallest.
    let levels: [VAELevel]
    let middle: VAEMiddle
    let outputNorm: NormWeights
    let last: ConvolutionWeights
    let quantization: ConvolutionWeights?
    let trace: Trace

    init(loader: LayerLoader, trace: Trace) throws {
        let encoder = loader.part("encoder")
        first = try encoder.convolution("conv_in", inputs: 3)
        var channels = first.outputs
        let count = (0...).prefix { encoder.has("down.\($0).block.0.norm1.weight") }.count
        levels = try (0..<count).map { number in
            let level = try VAELevel(loader: encoder.part("down.\(number)"), inputs: channels)
            channels = level.outputs
            return level
        }
        middle = try VAEMiddle(loader: encoder.part("mid"), channels: channels)
        channels = middle.second.outputs
        outputNorm = try encoder.norm("norm_out", channels: channels, groups: 32)
        last = try encoder.convolution("conv_out", inputs: channels)
        quantization =
            loader.has("quant_conv.weight")
            ? try loader.convolution("quant_conv", inputs: last.outputs, outputs: last.outputs, kernel: 1) : nil
        // Means first, then logarithms of variances.
        guard last.outputs % 2 == 0 else { throw encoder.wrongShape("conv_out.weight", "an even number of outputs was expected") }
        latentChannels = last.outputs / 2
        self.trace = trace
    }

    /// How many pixels a latent cell is wide.
    var factor: Int {
        levels.reduce(1) { factor, level in
            if case .down = level.resampling { factor * 2 } else { factor }
        }
    }

    /// - Parameter pixels: `[batch, height, width, 3]`, −1…1; sides divide by the factor.
    /// - Returns: `[batch, height / factor, width / factor, latentChannels]`, in the VAE's own scale.
    func callAsFunction(_ pixels: Tensor) -> Tensor {
        var h = trace.layer(.convolution, "encoder.conv_in") { convolution(pixels, first) }
        trace.block("encoder.conv_in", h)
        for level in levels { h = level(consume h, trace) }
        h = middle(consume h, trace)
        trace.layer(.norm, "encoder.norm_out", on: &h) { groupNorm(inPlace: &$0, outputNorm, epsilon: 1e-6, silu: true) }
        h = trace.layer(.convolution, "encoder.conv_out") { convolution(h, last) }
        trace.block("encoder.conv_out", h)
        if let quantization {
            h = trace.layer(.convolution, "quant_conv") { convolution(h, quantization) }
            trace.block("quant_conv", h)
        }
        return h.narrowed(3, from: 0, count: latentChannels)
    }

    /// Bytes of activations that encoding a picture of that size needs at the same time, about.
    func memoryNeeded(height: Int, width: Int) -> Int {
        var pixels = height * width
        var most = 0
        for level in levels {
            for block in level.blocks {
                most = max(most, pixels * block.residual.widestMoment)
            }
            if case .down = level.resampling { pixels /= 4 }
        }
        return most * 4
    }
}
