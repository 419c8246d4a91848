internal import Tensors

/// A network of residual blocks of densely connected convolutions that enlarges pictures (Wang et al. 2018, Real-ESRGAN 2021).
struct ESRGAN: Sendable {
    let first: ConvolutionWeights
    let blocks: [[DenseBlock]]
    let trunk: ConvolutionWeights
    let upsampling: [ConvolutionWeights]
    let highResolution, last: ConvolutionWeights
    /// Networks for smaller factors look at blocks of pixels as channels.
    let unshuffle: Int

    /// Five convolutions, each seeing all that came before it.
    struct DenseBlock: Sendable {
        let convolutions: [ConvolutionWeights]
        /// ESRGAN+ adds a projection of the input to the second and that to the fourth.
        let shortcut: ConvolutionWeights?

        init(loader: LayerLoader, prefix: String, names: ESRGANNames, channels: Int) throws {
            var width = channels
            convolutions = try (1...5).map { number in
                let weights = try loader.convolution(
                    prefix + names.convolution(number), inputs: width, outputs: number == 5 ? channels : nil)
                width += weights.outputs
                return weights
            }
            shortcut =
                loader.has(prefix + "conv1x1.weight")
                ? try loader.convolution(prefix + "conv1x1", inputs: channels, outputs: convolutions[1].outputs, kernel: 1) : nil
            guard shortcut == nil || convolutions[1].outputs == convolutions[3].outputs else {
                throw loader.wrongShape(prefix + "conv1x1.weight", "its outputs must be as many as those of conv4")
            }
        }

        func callAsFunction(_ x: Tensor, _ operations: Operations) throws -> Tensor {
            var parts = [x]
            for (index, weights) in convolutions.dropLast().enumerated() {
                var h = try operations.convolution(parts, weights, activation: .leakyReLU)
                if let shortcut {
                    if index == 1 { h = try operations.add(h, operations.convolution(x, shortcut)) }
                    if index == 3 { h = try operations.add(h, parts[2]) }
                }
                parts.append(h)
            }
            return try operations.combine(0.2, operations.convolution(parts, convolutions[4]), 1, x)
        }
    }

    init(loader: LayerLoader, names: ESRGANNames) throws {
        let shape = try loader.demandedShape(names.first + ".weight")
        guard shape.count == 4, let unshuffle = [3: 1, 12: 2, 48: 4][shape[1]] else {
            throw loader.wrongShape(names.first + ".weight", "3, 12 or 48 input channels were expected")
        }
        self.unshuffle = unshuffle
        first = try loader.convolution(names.first, inputs: shape[1])
        let channels = first.outputs
        blocks = try (0..<names.blocks).map { block in
            try (1...3).map { number in
                try DenseBlock(loader: loader, prefix: names.dense(block, number), names: names, channels: channels)
            }
        }
        trunk = try loader.convolution(names.trunk, inputs: channels, outputs: channels)
        upsampling = try names.upsampling.map { try loader.convolution($0, inputs: channels, outputs: channels) }
        highResolution = try loader.convolution(names.highResolution, inputs: channels, outputs: channels)
        last = try loader.convolution(names.last, inputs: channels, outputs: 3)
        guard (1 << upsampling.count) >= unshuffle else {
            throw loader.wrongShape(names.first + ".weight", "this network would make pictures smaller")
        }
    }

    var scale: Int { (1 << upsampling.count) / unshuffle }

    /// - Parameter x: `[1, height, width, 3]`, 0…1.
    /// - Returns: `[1, height · scale, width · scale, 3]`.
    func callAsFunction(_ x: Tensor, _ operations: Operations = Operations()) throws -> Tensor {
        let (height, width) = (x.shape[1], x.shape[2])
        var h = x
        if unshuffle > 1 {
            h = try operations.mirrorBeyond(x, below: (4 - height % 4) % 4, right: (4 - width % 4) % 4)
            h = try operations.pixelUnshuffled(h, factor: unshuffle)
        } else {
            // The reference takes no side of a single pixel.
            h = try operations.mirrorBeyond(x, below: max(2 - height, 0), right: max(2 - width, 0))
        }
        let features = try operations.convolution(h, first)
        h = features
        for block in blocks {
            var inner = h
            for dense in block { inner = try dense(inner, operations) }
            h = try operations.combine(0.2, inner, 1, h)
        }
        h = try operations.convolution(h, trunk, adding: features)
        for weights in upsampling {
            h = try operations.convolution(h, weights, upsampling: true, activation: .leakyReLU)
        }
        h = try operations.convolution(operations.convolution(h, highResolution, activation: .leakyReLU), last)
        h = try operations.take(h, along: 1, from: 0, count: height * scale)
        return try operations.take(h, along: 2, from: 0, count: width * scale)
    }
}
