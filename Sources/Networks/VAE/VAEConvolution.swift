internal import Tensors

/// A convolution of an autoencoder outside its blocks: the way in and out, and from one resolution to the next.
package struct VAEConvolution: Sendable {
    /// How the layer is called where somebody looks on.
    let name: String
    /// The norm before it, with SiLU after that.
    var norm: (name: String, weights: NormWeights)?
    let weights: ConvolutionWeights
    /// Reads every pixel as a 2×2 block.
    var upsamples = false
    var activation = Activation.none

    /// - Parameter x: `[batch, height, width, inputs]`; hand it over, the norm writes over it.
    func callAsFunction(_ x: consuming Tensor, _ operations: Operations) throws -> Tensor {
        var h = consume x
        if let norm {
            try operations.groupNorm(inPlace: &h, norm.weights, epsilon: VAELayer.epsilon, silu: true, named: norm.name)
        }
        let y = try operations.convolution(h, weights, upsampling: upsamples, activation: activation, named: name)
        operations.block(name, y)
        return y
    }
}
