internal import Checkpoints
internal import Tensors

/// One numbered block of the U-Net: a few layers in a row, as the file lists them.
struct UNetBlock: Sendable {
    enum Layer: Sendable {
        case convolution(ConvolutionWeights)
        case residual(ResidualBlock)
        case transformer(SpatialTransformer)
        /// Halves the picture by a strided convolution.
        case downsample(ConvolutionWeights)
        /// Doubles the picture, then convolves it.
        case upsample(ConvolutionWeights)
    }

    let name: String
    let place: BlockPlace
    let layers: [Layer]
    /// Channels that come out.
    let outputs: Int

    /// Reads what kind each layer is off the names below `loader`.
    ///
    /// - Parameter inputs: channels that come in, those of a skip connection included.
    init(
        loader: LayerLoader, place: BlockPlace, inputs: Int, contextWidth: Int, embeddingWidth: Int, family: ModelFamily,
        separateProjections: SeparateProjections
    ) throws {
        name = loader.name
        self.place = place
        var layers: [Layer] = []
        var channels = inputs
        while true {
            let part = loader.part("\(layers.count)")
            if part.has("in_layers.0.weight") {
                let block = try ResidualBlock(loader: part, inputs: channels, embeddingWidth: embeddingWidth)
                channels = block.outputs
                layers.append(.residual(block))
            } else if part.has("proj_in.weight") {
                layers.append(
                    .transformer(
                        try SpatialTransformer(
                            loader: part, channels: channels, contextWidth: contextWidth, family: family,
                            separateProjections: separateProjections)))
            } else if part.has("op.weight") {
                let weights = try part.convolution("op", inputs: channels, stride: 2)
                channels = weights.outputs
                layers.append(.downsample(weights))
            } else if part.has("conv.weight") {
                let weights = try part.convolution("conv", inputs: channels)
                channels = weights.outputs
                layers.append(.upsample(weights))
            } else if loader.has("\(layers.count).weight") {
                let weights = try loader.convolution("\(layers.count)", inputs: channels)
                channels = weights.outputs
                layers.append(.convolution(weights))
            } else {
                break
            }
        }
        guard !layers.isEmpty else {
            throw NetworkError(
                .notRecognised, in: loader.source.displayName, tensor: loader.prefix, reason: "no known layer begins so")
        }
        self.layers = layers
        outputs = channels
    }

    /// - Parameters:
    ///   - parts: `[batch, height, width, cᵢ]`, channels side by side.
    ///   - size: height and width that an upsampling must come to; `nil` doubles.
    func callAsFunction(_ parts: [Tensor], size: (height: Int, width: Int)? = nil, _ pass: UNetPass) throws -> Tensor {
        var parts = parts
        var pass = pass
        pass.site.place = place
        for (index, layer) in layers.enumerated() {
            (pass.site.height, pass.site.width) = (parts[0].shape[1], parts[0].shape[2])
            let operations = pass.operations
            switch layer {
            case .residual(let block): parts = [try block(parts, pass)]
            case .transformer(let transformer): parts = [try transformer(operations.join(parts, along: 3), pass)]
            case .convolution(let weights), .downsample(let weights):
                parts = [try operations.convolution(parts, weights, named: "\(name).\(index)")]
                operations.block("\(name).\(index)", parts[0])
            case .upsample(let weights):
                let x = try operations.join(parts, along: 3)
                let doubles = size.map { $0.height == 2 * x.shape[1] && $0.width == 2 * x.shape[2] } ?? true
                // Sides that were odd before they were halved come back by picking the nearest pixel.
                let whole =
                    doubles
                    ? x
                    : try operations.resizeNearest(x, height: size?.height ?? x.shape[1], width: size?.width ?? x.shape[2])
                parts = [try operations.convolution(whole, weights, upsampling: doubles, named: "\(name).\(index)")]
                operations.block("\(name).\(index)", parts[0])
            }
        }
        return try pass.operations.join(parts, along: 3)
    }
}
