internal import Tensors

/// A layer of an autoencoder with its weights: what comes in goes out, nothing else is shared between layers.
enum VAELayer: Sendable {
    case convolution(VAEConvolution)
    case residual(VAEResidualBlock)
    case attention(VAEAttentionBlock)
    case tiny(TinyBlock)

    /// Of all norms of an autoencoder.
    static let epsilon: Float = 1e-6

    /// - Parameter x: `[batch, height, width, inputs]`; hand it over, most layers write over it.
    func callAsFunction(_ x: consuming Tensor, _ trace: Trace) -> Tensor {
        switch self {
        case .convolution(let layer): layer(consume x, trace)
        case .residual(let block): block(consume x, trace)
        case .attention(let block): block(x, trace)
        case .tiny(let block): block(x, trace)
        }
    }
}
