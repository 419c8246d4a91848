package import Tensors

/// What a sampler asks of a ControlNet or an adapter: residuals for the U-Net, before any strength.
package protocol ControlNetwork: Sendable {
    /// - Parameters:
    ///   - call: the call that the U-Net will get.
    ///   - hint: `[n, height, width, channels]`, 0…1, of any size.
    /// - Throws: `NetworkError.wrongInput` when call or hint don't fit.
    func residuals(for call: NetworkCall, hint: Tensor) throws -> ControlResiduals
}
