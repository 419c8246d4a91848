internal import Tensors

/// Two convolutions around a shortcut, without a timestep.
package struct VAEResidualBlock: Sendable {
    let name: String
    let firstNorm, secondNorm: NormWeights
    let firstConvolution, secondConvolution: ConvolutionWeights
    let shortcut: ConvolutionWeights?

    /// The shortcut's name in the file and the side of its kernel; `nil` where the block keeps the channels.
    static func shortcut(_ loader: LayerLoader) -> (name: String, kernel: Int)? {
        if loader.has("nin_shortcut.weight") { return ("nin_shortcut", 1) }
        return loader.has("conv_shortcut.weight") ? ("conv_shortcut", 3) : nil
    }

    init(loader: LayerLoader, inputs: Int) throws {
        name = loader.name
        firstNorm = try loader.norm("norm1", channels: inputs, groups: 32)
        firstConvolution = try loader.convolution("conv1", inputs: inputs)
        let outputs = firstConvolution.outputs
        secondNorm = try loader.norm("norm2", channels: outputs, groups: 32)
        secondConvolution = try loader.convolution("conv2", inputs: outputs, outputs: outputs)
        shortcut = try Self.shortcut(loader).map {
            try loader.convolution($0.name, inputs: inputs, outputs: outputs, kernel: $0.kernel)
        }
        guard shortcut != nil || inputs == outputs else {
            throw loader.wrongShape("conv1.weight", "\(inputs) channels come in and there is no nin_shortcut")
        }
    }

    /// Writes over what it no longer needs: at 512×512 pixels each of these pictures takes 134 or 268 MB.
    ///
    /// - Parameter x: `[batch, height, width, inputs]`; hand it over, don't keep it.
    func callAsFunction(_ x: consuming Tensor, _ operations: Operations) throws -> Tensor {
        let residual: Tensor
        var h: Tensor
        if let shortcut {
            residual = try operations.convolution(x, shortcut, named: name + ".nin_shortcut")
            h = consume x
            try operations.groupNorm(inPlace: &h, firstNorm, epsilon: VAELayer.epsilon, silu: true, named: name + ".norm1")
        } else {
            residual = consume x
            h = try operations.groupNorm(residual, firstNorm, epsilon: VAELayer.epsilon, silu: true, named: name + ".norm1")
        }
        h = try operations.convolution(h, firstConvolution, named: name + ".conv1")
        try operations.groupNorm(inPlace: &h, secondNorm, epsilon: VAELayer.epsilon, silu: true, named: name + ".norm2")
        h = try operations.convolution(h, secondConvolution, adding: residual, named: name + ".conv2")
        operations.block(name, h)
        return h
    }
}
