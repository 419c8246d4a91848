internal import Checkpoints
package import Tensors

/// Half of an autoencoder as a row of steps, from pixels to latents or back.
///
/// Nothing is read before a step is loaded, so that a computation in little memory needs the weights of one step at a time.
package struct VAENetwork {
    package var steps: [VAEStep]
    /// Channels that come in.
    let inputs: Int
    /// Done to what comes in, channels last, pixel by pixel; the first step sees the result.
    var prepare: @Sendable (Tensor, Operations) throws -> Tensor = { x, _ in x }
    /// Computes everything.
    let operations: Operations

    /// Channels that go out.
    var outputs: Int { steps.last?.outputs ?? inputs }

    /// How many pixels a latent cell is wide.
    var factor: Int {
        steps.reduce(1) { factor, step in
            switch step.kind {
            case .downsampling, .upsampling: factor * 2
            default: factor
            }
        }
    }

    /// Size of the result.
    func output(of size: PictureSize) -> PictureSize { steps.reduce(size) { $1.output(of: $0) } }

    /// Latents to pictures of about −1…1 (Rombach et al. 2022, the KL-regularised autoencoder).
    package static func decoder(_ loader: LayerLoader, operations: Operations) throws -> VAENetwork {
        let decoder = loader.part("decoder")
        let shape = try decoder.demandedShape("conv_in.weight")
        guard shape.count == 4 else { throw decoder.wrongShape("conv_in.weight", "a convolution was expected") }
        var row = Row(inputs: shape[1])
        if loader.has("post_quant_conv.weight") {
            try row.add { try loader.convolutionStep("post_quant_conv", inputs: $0, kernel: 1) }
            guard row.channels == shape[1] else {
                throw loader.wrongShape("post_quant_conv.weight", "\(shape[1]) outputs were expected")
            }
        }
        try row.add { try decoder.convolutionStep("conv_in", inputs: $0) }
        try row.addMiddle(decoder)
        for number in (0..<decoder.levels("up")).reversed() { try row.addLevel(decoder.part("up.\(number)")) }
        try row.add { try decoder.normedStep(norm: "norm_out", "conv_out", inputs: $0) }
        guard row.channels == 3 else { throw decoder.wrongShape("conv_out.weight", "3 outputs were expected") }
        return VAENetwork(steps: row.steps, inputs: shape[1], operations: operations)
    }

    /// Pictures of −1…1 to means and logarithms of variances, half of the channels each.
    package static func encoder(_ loader: LayerLoader, operations: Operations) throws -> VAENetwork {
        let encoder = loader.part("encoder")
        var row = Row(inputs: 3)
        try row.add { try encoder.convolutionStep("conv_in", inputs: $0) }
        for number in 0..<encoder.levels("down") { try row.addLevel(encoder.part("down.\(number)")) }
        try row.addMiddle(encoder)
        try row.add { try encoder.normedStep(norm: "norm_out", "conv_out", inputs: $0) }
        guard row.channels % 2 == 0 else { throw encoder.wrongShape("conv_out.weight", "an even number of outputs was expected") }
        if loader.has("quant_conv.weight") {
            let channels = row.channels
            try row.add { try loader.convolutionStep("quant_conv", inputs: $0, kernel: 1) }
            guard row.channels == channels else { throw loader.wrongShape("quant_conv.weight", "\(channels) outputs were expected") }
        }
        return VAENetwork(steps: row.steps, inputs: 3, operations: operations)
    }

    /// One half of a distilled autoencoder of 1.2 M weights that decodes in a hundredth of the time (TAESD by O. Bohan).
    ///
    /// Its files number the layers of one long row; layers without a bias resample.
    ///
    /// - Parameter decodes: whether the file is a decoder; the file itself doesn't say in which direction it resamples.
    static func tiny(_ loader: LayerLoader, decodes: Bool, operations: Operations) throws -> VAENetwork {
        let place = loader.source.displayName
        let numbers = Set(loader.source.directory.keys.compactMap { $0.split(separator: ".").first.flatMap { Int($0) } }).sorted()
        guard let first = numbers.first, let shape = loader.shape("\(first).weight"), shape.count == 4 else {
            throw NetworkError(.notRecognised, in: place, reason: "this is no small autoencoder (TAESD)")
        }
        var row = Row(inputs: shape[1])
        for number in numbers {
            let block = loader.part("\(number)")
            if block.has("conv.0.weight") {
                try row.add { inputs in
                    VAEStep(
                        kind: .tiny(shortcut: block.has("skip.weight") ? 1 : nil), inputs: inputs,
                        outputs: try block.convolutionOutputs("conv.4"),
                        weightBytes: block.packedBytes(["conv.0", "conv.2", "conv.4", "skip"])
                    ) { .tiny(try TinyBlock(loader: block, inputs: inputs)) }
                }
                continue
            }
            let resamples = !loader.has("\(number).bias")
            try row.add {
                try loader.convolutionStep(
                    "\(number)", inputs: $0, kind: resamples ? (decodes ? .upsampling : .downsampling) : .convolution,
                    called: "taesd", activation: decodes && number == first ? .relu : .none)
            }
        }
        return VAENetwork(steps: row.steps, inputs: shape[1], operations: operations)
    }

    /// What a small decoder does to latents first: values beyond ±3 are rare and get bent.
    static let bend = ElementFunction.softLimit(3)
}

/// Steps one after the other, each taking what the one before it gives.
private struct Row {
    private(set) var steps: [VAEStep] = []
    private(set) var channels: Int

    init(inputs: Int) { channels = inputs }

    mutating func add(_ step: (_ inputs: Int) throws -> VAEStep?) rethrows {
        guard let step = try step(channels) else { return }
        steps.append(step)
        channels = step.outputs
    }

    /// What encoder and decoder have in the middle: a block, attention, a block.
    mutating func addMiddle(_ loader: LayerLoader) throws {
        try add { try loader.residualStep("mid.block_1", inputs: $0) }
        add { loader.attentionStep("mid.attn_1", channels: $0) }
        try add { try loader.residualStep("mid.block_2", inputs: $0) }
    }

    /// The residual blocks of one resolution, with attention after them where the file has it, and the way to the next one.
    mutating func addLevel(_ loader: LayerLoader) throws {
        for number in 0... {
            guard loader.has("block.\(number).norm1.weight") else { break }
            try add { try loader.residualStep("block.\(number)", inputs: $0) }
            add { loader.attentionStep("attn.\(number)", channels: $0) }
        }
        if loader.has("downsample.conv.weight") {
            // One row and column of zeros below and to the right, none above and to the left.
            let padding = Padding(top: 0, left: 0, bottom: 1, right: 1)
            try add {
                try loader.convolutionStep(
                    "downsample.conv", inputs: $0, kind: .downsampling, padding: padding, called: loader.prefix + "downsample")
            }
        } else if loader.has("upsample.conv.weight") {
            try add {
                try loader.convolutionStep("upsample.conv", inputs: $0, kind: .upsampling, called: loader.prefix + "upsample")
            }
        }
    }
}

extension LayerLoader {
    /// How many resolutions there are.
    fileprivate func levels(_ name: String) -> Int { (0...).prefix { has("\(name).\($0).block.0.norm1.weight") }.count }
}
