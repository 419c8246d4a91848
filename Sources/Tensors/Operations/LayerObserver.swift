/// Looks on while a network computes: benchmarks add up times by kind, tests compare values block by block.
public protocol LayerObserver: Sendable {
    /// A single operation was computed.
    ///
    /// - Parameter name: the layer's name in the checkpoint; empty for steps between layers.
    func layer(_ kind: TensorOperation.Kind, _ name: String, took: Duration, output: Tensor)
    /// A block of several layers is done; its output is in the network's own layout (channels last).
    func block(_ name: String, output: Tensor)
}

extension LayerObserver {
    public func layer(_ kind: TensorOperation.Kind, _ name: String, took: Duration, output: Tensor) {}
    public func block(_ name: String, output: Tensor) {}
}
