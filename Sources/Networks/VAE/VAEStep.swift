internal import Checkpoints
internal import Tensors

/// A layer of an autoencoder before its weights are read: what it does to sizes, and what it takes.
package struct VAEStep {
    enum Kind: Sendable {
        case convolution
        /// A 3×3 convolution that halves the picture.
        case downsampling
        /// A 3×3 convolution of the doubled picture.
        case upsampling
        /// A norm, then a convolution.
        case normed
        /// `shortcut`: side of the kernel in the shortcut, if it has one.
        case residual(shortcut: Int?)
        case attention
        case tiny(shortcut: Int?)
    }
    let kind: Kind
    let inputs: Int
    let outputs: Int
    /// Bytes that the packed weights take.
    let weightBytes: Int
    /// Reads and packs the weights.
    package let load: () throws -> VAELayer

    /// Whether the layer begins with a norm of what comes in.
    var normsInput: Bool {
        switch kind {
        case .normed, .residual, .attention: true
        case .convolution, .downsampling, .upsampling, .tiny: false
        }
    }

    /// How much larger the result's sides are.
    func output(of size: PictureSize) -> PictureSize {
        switch kind {
        case .downsampling: PictureSize(height: size.height / 2, width: size.width / 2)
        case .upsampling: PictureSize(height: size.height * 2, width: size.width * 2)
        default: size
        }
    }
}

/// Rows and columns of a picture inside an autoencoder.
struct PictureSize: Sendable, Hashable {
    var height: Int
    var width: Int
    var pixels: Int { height * width }
}

extension LayerLoader {
    /// Outputs of a convolution, as the file has them.
    func convolutionOutputs(_ name: String) throws -> Int {
        let shape = try demandedShape(name + ".weight")
        guard shape.count == 4, shape[0] > 0 else { throw wrongShape(name + ".weight", "a convolution was expected") }
        return shape[0]
    }

    /// Bytes of some layers when they are packed: whole panels of 32 outputs, two bytes where the file has two.
    func packedBytes(_ names: [String]) -> Int {
        names.reduce(0) { sum, name in
            guard let info = source.directory[prefix + name + ".weight"], let rows = info.shape.first, rows > 0 else { return sum }
            let isNarrow = info.dtype == .float16 || info.dtype == .bfloat16
            // Matrices of several types are joined in `float32`.
            let size = isNarrow && names.allSatisfy { source.directory[prefix + $0 + ".weight"]?.dtype == info.dtype } ? 2 : 4
            return sum + (rows + 31) / 32 * 32 * (info.shape.reduce(1, *) / rows) * size + rows * 4
        }
    }

    // MARK: Steps of autoencoders

    /// A convolution; `called`: its name where somebody looks on, if not that in the file.
    func convolutionStep(
        _ name: String, inputs: Int, kind: VAEStep.Kind = .convolution, kernel: Int = 3, padding: Padding? = nil,
        called: String? = nil, activation: Activation = .none
    ) throws -> VAEStep {
        let outputs = try convolutionOutputs(name)
        let (stride, upsamples) =
            switch kind {
            case .downsampling: (2, false)
            case .upsampling: (1, true)
            default: (1, false)
            }
        return VAEStep(kind: kind, inputs: inputs, outputs: outputs, weightBytes: packedBytes([name])) {
            .convolution(
                VAEConvolution(
                    name: called ?? prefix + name,
                    weights: try self.convolution(name, inputs: inputs, kernel: kernel, stride: stride, padding: padding),
                    upsamples: upsamples, activation: activation))
        }
    }

    /// A norm with SiLU and a convolution after it: the way out.
    func normedStep(norm: String, _ name: String, inputs: Int) throws -> VAEStep {
        let outputs = try convolutionOutputs(name)
        return VAEStep(kind: .normed, inputs: inputs, outputs: outputs, weightBytes: packedBytes([name])) {
            .convolution(
                VAEConvolution(
                    name: prefix + name, norm: (prefix + norm, try self.norm(norm, channels: inputs, groups: 32)),
                    weights: try self.convolution(name, inputs: inputs)))
        }
    }

    /// A residual block, if there is one of that name.
    func residualStep(_ name: String, inputs: Int) throws -> VAEStep {
        let loader = part(name)
        let shortcut = VAEResidualBlock.shortcut(loader)
        return VAEStep(
            kind: .residual(shortcut: shortcut?.kernel), inputs: inputs, outputs: try loader.convolutionOutputs("conv1"),
            weightBytes: loader.packedBytes(["conv1", "conv2"] + (shortcut.map { [$0.name] } ?? []))
        ) { .residual(try VAEResidualBlock(loader: loader, inputs: inputs)) }
    }

    /// Attention, where the file has it.
    func attentionStep(_ name: String, channels: Int) -> VAEStep? {
        let loader = part(name)
        guard loader.has("norm.weight") else { return nil }
        return VAEStep(
            kind: .attention, inputs: channels, outputs: channels, weightBytes: loader.packedBytes(["q", "k", "v", "proj_out"])
        ) { .attention(try VAEAttentionBlock(loader: loader, channels: channels)) }
    }
}
