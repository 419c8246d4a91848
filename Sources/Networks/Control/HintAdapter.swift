internal import Checkpoints
package import Tensors

/// A T2I adapter (Mou et al. 2023): features of the hint alone, one for each level of the U-Net.
///
/// The full kind turns 8×8 pixels into channels and has two residual blocks a level; the light one squeezes each level through a
/// few channels. The kind for SDXL turns 16×16 pixels into channels and halves the picture before the third level alone.
package struct HintAdapter: ControlNetwork {
    /// Where the U-Net gets the features, level by level.
    private let places: [Place]
    /// Pixels, across, that become the channels of one place of the first level.
    private let patch: Int

    private enum Place {
        case input(Int)
        case middle

        /// The last block of each level of SD1 and SD2.
        static let classic = [Place.input(2), .input(5), .input(8), .input(11)]
        /// SDXL has three levels; the first feature is as large as what its first downsampling gives.
        static let large = [Place.input(3), .input(5), .input(8), .middle]
    }

    private let firstConvolution: ConvolutionWeights?
    private let levels: [Level]
    /// Channels of the hint.
    private let channels: Int
    private let operations: Operations
    private let hints = HintCache()
    private let place: String

    private struct Level {
        var downsample: Downsample
        /// 1×1, or as wide as the other convolutions.
        var entrance: ConvolutionWeights?
        var blocks: [(first: ConvolutionWeights, second: ConvolutionWeights)]
        var exit: ConvolutionWeights?
    }

    private enum Downsample {
        case none
        case average
        case convolution(ConvolutionWeights)
    }

    package init(loader: LayerLoader, operations: Operations = Operations()) throws {
        self.operations = operations
        place = loader.source.displayName
        let isLight = loader.has("body.0.in_conv.weight")
        let first = isLight ? "body.0.in_conv.weight" : "conv_in.weight"
        let inputs = try loader.demandedShape(first).dropFirst().first ?? 0
        // One or three channels; 256 and 768 are known to be SDXL's.
        let sizes = [64: (8, 1), 128: (8, 2), 192: (8, 3), 256: (16, 1), 768: (16, 3)]
        guard let (patch, channels) = sizes[inputs], patch == 8 || !isLight else {
            throw NetworkError(
                .notRecognised, in: place, tensor: first,
                reason: "\(inputs) input channels make no hint of 8 × 8 or 16 × 16 pixels")
        }
        self.patch = patch
        self.channels = channels
        let isLarge = patch == 16
        places = isLarge ? Place.large : Place.classic
        var width = inputs
        if isLight {
            firstConvolution = nil
        } else {
            let layer = try loader.convolution("conv_in", inputs: inputs)
            firstConvolution = layer
            width = layer.outputs
        }
        levels = try (0..<places.count).map { number in
            let level =
                try isLight
                ? Self.lightLevel(loader.part("body.\(number)"), number: number, width: &width)
                : Self.fullLevel(loader.part("body"), number: number, halves: isLarge ? number == 2 : number > 0, width: &width)
            return level
        }
    }

    private static func kernel(_ loader: LayerLoader, _ name: String) throws -> Int {
        try loader.demandedShape(name + ".weight").last == 3 ? 3 : 1
    }

    private static func fullLevel(_ loader: LayerLoader, number: Int, halves: Bool, width: inout Int) throws -> Level {
        var level = Level(downsample: halves ? .average : .none, blocks: [])
        let first = loader.part("\(2 * number)")
        if first.has("down_opt.op.weight") {
            let layer = try first.convolution("down_opt.op", inputs: width, stride: 2)
            level.downsample = .convolution(layer)
            width = layer.outputs
        }
        if first.has("in_conv.weight") {
            let layer = try first.convolution("in_conv", inputs: width, kernel: kernel(first, "in_conv"))
            level.entrance = layer
            width = layer.outputs
        }
        for block in 0..<2 {
            let part = loader.part("\(2 * number + block)")
            guard !part.has("skep.weight") else {
                throw NetworkError(
                    .notRecognised, in: loader.source.displayName, tensor: part.prefix + "skep.weight",
                    reason: "adapters with convolutions around their blocks are not supported")
            }
            level.blocks.append(
                (
                    try part.convolution("block1", inputs: width, outputs: width),
                    try part.convolution("block2", inputs: width, outputs: width, kernel: kernel(part, "block2"))
                ))
        }
        return level
    }

    private static func lightLevel(_ loader: LayerLoader, number: Int, width: inout Int) throws -> Level {
        let entrance = try loader.convolution("in_conv", inputs: width, kernel: kernel(loader, "in_conv"))
        var level = Level(downsample: number == 0 ? .none : .average, entrance: entrance, blocks: [])
        while loader.has("body.\(level.blocks.count).block1.weight") {
            let part = loader.part("body.\(level.blocks.count)")
            level.blocks.append(
                (
                    try part.convolution("block1", inputs: entrance.outputs, outputs: entrance.outputs),
                    try part.convolution("block2", inputs: entrance.outputs, outputs: entrance.outputs)
                ))
        }
        let exit = try loader.convolution("out_conv", inputs: entrance.outputs, kernel: kernel(loader, "out_conv"))
        level.exit = exit
        width = exit.outputs
        return level
    }

    package func residuals(for call: NetworkCall, hint: Tensor) throws -> ControlResiduals {
        let (height, width) = (call.x.shape[2], call.x.shape[3])
        let x = try hints.value(for: hint, height: height, width: width) {
            try HintPicture.unshuffled(
                try HintPicture.fitted(
                    hint, latentHeight: height, latentWidth: width, multiple: patch, channels: channels, place: place),
                patch: patch, operations)
        }
        var residuals = ControlResiduals()
        for (place, feature) in zip(places, try features(of: x)) {
            let spread = try HintPicture.spread(feature, over: call.x.shape[0], sides: call.sides.count, operations)
            switch place {
            case .input(let number):
                residuals.input += Array(repeating: nil, count: max(number + 1 - residuals.input.count, 0))
                residuals.input[number] = spread
            case .middle: residuals.middle = spread
            }
        }
        return residuals
    }

    private func features(of unshuffled: Tensor) throws -> [Tensor] {
        var x = try firstConvolution.map { try operations.convolution(unshuffled, $0) } ?? unshuffled
        return try levels.map { level in
            switch level.downsample {
            case .none: break
            case .average: x = try operations.halve(x)
            case .convolution(let weights): x = try operations.convolution(x, weights)
            }
            if let entrance = level.entrance { x = try operations.convolution(x, entrance) }
            for block in level.blocks {
                let h = try operations.convolution(x, block.first, activation: .relu)
                x = try operations.convolution(h, block.second, adding: x)
            }
            if let exit = level.exit { x = try operations.convolution(x, exit) }
            return x
        }
    }
}
