internal import Checkpoints
internal import Glibc
internal import Tensors

/// A distilled autoencoder of 1.2 M weights that decodes in a hundredth of the time (TAESD by O. Bohan).
///
/// Its files number the layers of one long row; encoder and decoder are files of their own.
struct TinyAutoencoder: Sendable {
    private enum Layer: Sendable {
        case convolution(ConvolutionWeights)
        /// Doubles the picture first.
        case upsampling(ConvolutionWeights)
        case block(TinyBlock)
        case relu
    }

    private let layers: [Layer]
    let inputs: Int
    let outputs: Int
    let trace: Trace

    /// Three convolutions around a shortcut, rectified after each and at the end.
    private struct TinyBlock: Sendable {
        let first, second, third: ConvolutionWeights
        let shortcut: ConvolutionWeights?

        init(loader: LayerLoader, inputs: Int) throws {
            first = try loader.convolution("conv.0", inputs: inputs)
            second = try loader.convolution("conv.2", inputs: first.outputs)
            third = try loader.convolution("conv.4", inputs: second.outputs)
            if loader.has("skip.weight") {
                shortcut = try loader.convolution("skip", inputs: inputs, outputs: third.outputs, kernel: 1)
            } else if inputs == third.outputs {
                shortcut = nil
            } else {
                throw loader.wrongShape("conv.4.weight", "\(inputs) channels come in and there is no skip")
            }
        }

        func callAsFunction(_ x: Tensor) -> Tensor {
            let h = convolution(convolution(x, first, activation: .relu), second, activation: .relu)
            return relu(convolution(h, third, adding: shortcut.map { convolution(x, $0) } ?? x))
        }
    }

    /// - Parameter decodes: whether the file is a decoder; layers without a bias resample, and this says in which direction.
    init(loader: LayerLoader, decodes: Bool, trace: Trace) throws {
        self.trace = trace
        let place = loader.source.displayName
        let numbers = Set(loader.source.directory.keys.compactMap { $0.split(separator: ".").first.flatMap { Int($0) } }).sorted()
        guard let first = numbers.first, let shape = loader.shape("\(first).weight"), shape.count == 4 else {
            throw NetworkError(.notRecognised, in: place, reason: "this is no small autoencoder (TAESD)")
        }
        inputs = shape[1]
        var channels = inputs
        var layers: [Layer] = []
        for number in numbers {
            if loader.has("\(number).conv.0.weight") {
                let block = try TinyBlock(loader: loader.part("\(number)"), inputs: channels)
                channels = block.third.outputs
                layers.append(.block(block))
                continue
            }
            let resamples = !loader.has("\(number).bias")
            let weights = try loader.convolution("\(number)", inputs: channels, stride: resamples && !decodes ? 2 : 1)
            channels = weights.outputs
            layers.append(resamples && decodes ? .upsampling(weights) : .convolution(weights))
            if decodes, number == first { layers.append(.relu) }
        }
        self.layers = layers
        outputs = channels
    }

    /// How many pixels a latent cell is wide.
    var factor: Int {
        layers.reduce(1) { factor, layer in
            switch layer {
            case .upsampling: factor * 2
            case .convolution(let weights) where weights.stride == 2: factor * 2
            default: factor
            }
        }
    }

    /// - Parameter x: `[batch, height, width, inputs]`: pixels 0…1, or latents in the network's scale.
    func callAsFunction(_ x: Tensor) -> Tensor {
        layers.reduce(x) { h, layer in
            switch layer {
            case .convolution(let weights): trace.layer(.convolution, "taesd") { convolution(h, weights) }
            case .upsampling(let weights): trace.layer(.convolution, "taesd") { convolution(h, weights, upsampling: true) }
            case .block(let block): trace.layer(.convolution, "taesd") { block(h) }
            case .relu: relu(h)
            }
        }
    }

    /// What the decoder does to latents first: values beyond ±3 are rare and get bent.
    static func bent(_ latent: Tensor) -> Tensor { latent.map { tanhf($0 / 3) * 3 } }
}
