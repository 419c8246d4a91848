public import Checkpoints
public import Descriptions
public import Networks

/// A change to a model that somebody asked for: a LoRA, FreeU, other sampling settings.
///
/// A patch is a small value that describes the change; nothing is read or computed before a sampler needs the model. Each kind is a
/// type in a file of its own. What a patch does shows in the further protocols it conforms to: `WeightPatch`, `NetworkPatch`, or
/// whatever guidance and samplers look for with `Model.patches(of:)`.
public protocol ModelPatch: Recipe {
    /// Marks the name of the kind, then shows everything that tells this patch from others of its kind. Equal digests mean equal effect.
    mutating func describe(to visitor: any FieldVisitor) throws
}

/// A patch that changes weights.
public protocol WeightPatch: ModelPatch {
    /// `source` with this patch on top. The digest of a tensor must change if and only if the patch touches it.
    ///
    /// - Parameter source: names without the checkpoint's prefix: `input_blocks.0.0.weight`.
    func applied(to source: any TensorSource) throws -> any TensorSource
}

/// A patch that steps in while the network computes.
public protocol NetworkPatch: ModelPatch {
    /// Adds what it does to the hooks of a network that is being assembled.
    ///
    /// Called once per assembled network, that is once per sampler run: state that lasts over the steps is made here.
    func install(in hooks: inout NetworkHooks, of model: Model) throws

    /// Bytes of weights that it brings along and holds in memory while a network is in use.
    var heldBytes: Int { get }
}

extension NetworkPatch {
    public var heldBytes: Int { 0 }
}
