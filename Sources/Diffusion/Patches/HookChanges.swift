public import Checkpoints
public import Digests
public import Tensors

/// A LoRA as a hook.
public struct LoRAChange: ScalableChange {
    public let file: AdapterFile

    public init(_ file: AdapterFile) { self.file = file }

    public func patch(strength: Float, for target: HookTarget) throws -> any WeightPatch {
        try LoRAPatch(file, strength: strength)
    }

    public func feed(into digest: inout DigestBuilder) {
        // The patch of any strength tells the files apart; one that can't be read any more equals nothing.
        guard let patch = try? LoRAPatch(file, strength: 1) else { return digest.add(UInt64.random(in: 0 ... .max)) }
        patch.feed(into: &digest)
    }
}

/// A whole checkpoint as a hook: weights move towards its weights.
public struct CheckpointChange: ScalableChange {
    private let model: any TensorSource
    /// Each text model below its key, as in `TextEncoder.Part.content`.
    private let texts: [any TensorSource]

    public init(_ checkpoint: Checkpoint) {
        model = checkpoint.unet
        texts = TextEncoder(checkpoint)?.models.map(\.content) ?? []
    }

    public func patch(strength: Float, for target: HookTarget) throws -> any WeightPatch {
        switch target {
        case .model: try TowardsPatch(targets: [model], strength: strength)
        case .textEncoder: try TowardsPatch(targets: texts, strength: strength)
        }
    }

    public func feed(into digest: inout DigestBuilder) {
        digest.add("checkpoint hook")
        for source in [model] + texts {
            if let content = try? source.contentDigest() { digest.add(content) } else { digest.add(UInt64.random(in: 0 ... .max)) }
        }
    }
}

/// `W + strength · (target − W)` for every tensor that both have in the same shape.
struct TowardsPatch: WeightPatch {
    let targets: [any TensorSource]
    let strength: Float
    private let contents: [Digest]

    init(targets: [any TensorSource], strength: Float) throws {
        self.targets = targets
        self.strength = strength
        contents = try targets.map { try $0.contentDigest() }
    }

    func feed(into digest: inout DigestBuilder) {
        digest.add("towards")
        digest.add(strength)
        for content in contents { digest.add(content) }
    }

    func applied(to source: any TensorSource) throws -> any TensorSource {
        strength == 0 ? source : Source(base: source, patch: self)
    }

    private struct Source: TensorSource {
        let base: any TensorSource
        let patch: TowardsPatch

        var directory: [String: TensorInfo] { base.directory }
        var displayName: String { base.displayName }

        private func target(_ name: String) -> (any TensorSource)? {
            guard let own = base.directory[name], own.dtype.isFloatingPoint else { return nil }
            return patch.targets.first { $0.directory[name]?.shape == own.shape }
        }

        func tensor(named name: String) throws -> Tensor {
            let weight = try base.tensor(named: name)
            guard let target = target(name) else { return weight }
            let other = try target.tensor(named: name).float32()
            return Tensor.zip(weight.float32(), other) { $0 + patch.strength * ($1 - $0) }
        }

        func digest(of name: String) throws -> Digest {
            let digest = try base.digest(of: name)
            guard let target = target(name) else { return digest }
            var builder = DigestBuilder()
            builder.add("towards")
            builder.add(patch.strength)
            builder.add(digest)
            builder.add(try target.digest(of: name))
            return builder.finish()
        }

        func contentDigest() throws -> Digest {
            var builder = DigestBuilder()
            patch.feed(into: &builder)
            builder.add(try base.contentDigest())
            return builder.finish()
        }

        func releasePages(of name: String) { base.releasePages(of: name) }
    }
}
