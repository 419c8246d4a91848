internal import Checkpoints
internal import Tensors

/// Real-ESRGAN's compact network: a row of convolutions, a pixel shuffle at the end, added to the enlarged picture.
struct CompactUpscaler: Sendable {
    private enum Layer: Sendable {
        case convolution(ConvolutionWeights)
        /// A slope for each channel.
        case slopes(Tensor)
    }
    private let layers: [Layer]
    let scale: Int

    /// Whether the names are those of such a network.
    static func recognises(_ names: [String: TensorInfo]) -> Bool {
        names["body.0.weight"]?.shape.count == 4 && names["body.1.weight"]?.shape.count == 1
    }

    init(loader: LayerLoader) throws {
        var layers: [Layer] = []
        var channels = 3
        while let shape = loader.shape("body.\(layers.count).weight") {
            let name = "body.\(layers.count)"
            if shape.count == 1 {
                layers.append(.slopes(try loader.tensor(name + ".weight", shape: [channels])))
            } else {
                let weights = try loader.convolution(name, inputs: channels)
                channels = weights.outputs
                layers.append(.convolution(weights))
            }
        }
        guard let scale = (1...8).first(where: { 3 * $0 * $0 == channels }) else {
            throw loader.wrongShape("body.\(layers.count - 1).weight", "3, 12, 27 or 48 outputs were expected")
        }
        self.layers = layers
        self.scale = scale
    }

    /// - Parameter x: `[1, height, width, 3]`, 0…1.
    /// - Returns: `[1, height · scale, width · scale, 3]`.
    func callAsFunction(_ x: Tensor, _ operations: Operations = Operations()) throws -> Tensor {
        let h = try layers.reduce(x) { h, layer in
            switch layer {
            case .convolution(let weights): try operations.convolution(h, weights)
            case .slopes(let slopes): try operations.parametricReLU(h, slopes: slopes)
            }
        }
        let enlarged = try operations.resizeNearest(x, height: x.shape[1] * scale, width: x.shape[2] * scale)
        return try operations.add(operations.pixelShuffled(h, factor: scale), enlarged)
    }
}
