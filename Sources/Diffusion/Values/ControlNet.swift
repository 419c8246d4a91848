public import Checkpoints

/// A ControlNet or T2I adapter as a recipe: where its weights are. Nothing is read before a sampler needs it.
public struct ControlNet: Sendable {
    public var source: any TensorSource
    public init(source: any TensorSource) { self.source = source }
}
