public import Checkpoints
public import Digests

/// A denoising model as a recipe: where its weights are, and what was asked to be changed about it. ComfyUI's MODEL.
///
/// Cheap to make and to copy. The weights are read, patched and packed when `network(store:)` is called.
public struct Model: Sendable {
    /// The U-Net's tensors under their original names without a prefix: `input_blocks.0.0.weight`.
    public let content: any TensorSource
    /// Sizes, read off the tensors.
    public let configuration: UNetConfiguration
    /// In the order in which the workflow applied them.
    public private(set) var patches: [any ModelPatch] = []

    /// - Parameter content: names without the checkpoint's prefix.
    /// - Throws: `NetworkError` when this is no U-Net that can be computed.
    public init(content: any TensorSource) throws {
        self.content = content
        configuration = try UNetConfiguration(detecting: content)
    }

    /// The same model with one more patch.
    public func patched(_ patch: any ModelPatch) -> Model {
        var copy = self
        copy.patches.append(patch)
        return copy
    }

    /// The patches of one kind, in order.
    public func patches<Patch>(of kind: Patch.Type) -> [Patch] { patches.compactMap { $0 as? Patch } }

    /// The weights after all weight patches, still unread.
    public func patchedContent() throws -> any TensorSource {
        try patches(of: (any WeightPatch).self).reduce(content) { try $1.applied(to: $0) }
    }

    /// Identifies content and patches, without reading weights.
    public func digest() throws -> Digest {
        var builder = DigestBuilder()
        builder.add("model")
        builder.add(try content.contentDigest())
        for patch in patches { builder.add(patch.digest) }
        return builder.finish()
    }

    /// The network with all patches, ready to compute. Reads and packs what the store doesn't hold yet.
    ///
    /// - Parameter observer: looks on at every layer; for benchmarks and tests.
    public func network(store: WeightStore = .shared, observer: (any LayerObserver)? = nil) throws -> UNet {
        var hooks = NetworkHooks()
        for patch in patches(of: (any NetworkPatch).self) { try patch.install(in: &hooks, of: self) }
        let loader = LayerLoader(source: try patchedContent(), store: store)
        return try UNet(configuration, loader: loader, hooks: hooks, observer: observer)
    }
}
