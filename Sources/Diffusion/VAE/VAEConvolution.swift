internal import Tensors

/// A convolution of an autoencoder outside its blocks: the way in and out, and from one resolution to the next.
struct VAEConvolution: Sendable {
    /// How the layer is called where somebody looks on.
    let name: String
    /// The norm before it, with SiLU after that.
    var norm: (name: String, weights: NormWeights)?
    let weights: ConvolutionWeights
    /// Reads every pixel as a 2×2 block.
    var upsamples = false
    var activation = Activation.none

    /// - Parameter x: `[batch, height, width, inputs]`; hand it over, the norm writes over it.
    func callAsFunction(_ x: consuming Tensor, _ trace: Trace) -> Tensor {
        var h = consume x
        if let norm {
            trace.layer(.norm, norm.name, on: &h) { groupNorm(inPlace: &$0, norm.weights, epsilon: VAELayer.epsilon, silu: true) }
        }
        let y = trace.layer(.convolution, name) { [h] in
            convolution(h, weights, upsampling: upsamples, activation: activation)
        }
        trace.block(name, y)
        return y
    }
}
