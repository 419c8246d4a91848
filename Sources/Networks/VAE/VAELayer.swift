internal import Tensors

/// A layer of an autoencoder with its weights: what comes in goes out, nothing else is shared between layers.
package enum VAELayer: Sendable {
    case convolution(VAEConvolution)
    case residual(VAEResidualBlock)
    case attention(VAEAttentionBlock)
    case tiny(TinyBlock)

    /// Of all norms of an autoencoder.
    static let epsilon: Float = 1e-6

    /// - Parameter x: `[batch, height, width, inputs]`; hand it over, most layers write over it.
    func callAsFunction(_ x: consuming Tensor, _ operations: Operations) throws -> Tensor {
        switch self {
        case .convolution(let layer): try layer(consume x, operations)
        case .residual(let block): try block(consume x, operations)
        case .attention(let block): try block(x, operations)
        case .tiny(let block): try block(x, operations)
        }
    }
}
