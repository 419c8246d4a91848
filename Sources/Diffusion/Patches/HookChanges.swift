public import Checkpoints
public import Descriptions
internal import Digests
internal import Tensors

/// A LoRA as a hook.
public struct LoRAChange: ScalableChange {
    public private(set) var file: AdapterFile

    public init(_ file: AdapterFile) { self.file = file }

    public func patch(strength: Float, for target: HookTarget) throws -> any WeightPatch {
        try LoRAPatch(file, strength: strength)
    }

    public static var blank: LoRAChange { LoRAChange(AdapterFile(NoSource())) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("lora"))
        var source = file.source
        try visitor.visit("file", &source)
        if visitor.isReading { file = AdapterFile(source) }
        // As the patch of strength 1: any strength would tell files apart.
        visitor.mark(.single(1))
    }
}

/// A whole checkpoint as a hook: weights move towards its weights.
public struct CheckpointChange: ScalableChange {
    private var model: any TensorSource
    /// Each text model below its key, as in `TextEncoder.Part.content`.
    private var texts: [any TensorSource]

    private init(model: any TensorSource, texts: [any TensorSource]) {
        self.model = model
        self.texts = texts
    }

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

    public static var blank: CheckpointChange { CheckpointChange(model: NoSource(), texts: []) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("checkpoint hook"))
        try visitor.visit("model", &model)
        let count = try visitor.unmarked { try visitor.count("texts", texts.count) }
        if visitor.isReading { texts = Array(repeating: NoSource(), count: count) }
        for index in texts.indices { try visitor.visit("texts.\(index)", &texts[index]) }
    }
}

/// `W + strength · (target − W)` for every tensor that both have in the same shape.
struct TowardsPatch: WeightPatch {
    private(set) var targets: [any TensorSource]
    private(set) var strength: Float

    init(targets: [any TensorSource], strength: Float) throws {
        for target in targets { _ = try target.contentDigest() }
        self.init(unchecked: targets, strength: strength)
    }

    private init(unchecked targets: [any TensorSource], strength: Float) {
        self.targets = targets
        self.strength = strength
    }

    static var blank: TowardsPatch { TowardsPatch(unchecked: [], strength: 0) }

    mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("towards"))
        try visitor.visit("strength", &strength)
        let count = try visitor.unmarked { try visitor.count("targets", targets.count) }
        if visitor.isReading { targets = Array(repeating: NoSource(), count: count) }
        for index in targets.indices { try visitor.visit("targets.\(index)", &targets[index]) }
    }

    func applied(to source: any TensorSource) throws -> any TensorSource {
        strength == 0 ? source : Source(base: source, towards: self)
    }

    private struct Source: PatchedContent {
        let base: any TensorSource
        let towards: TowardsPatch
        var patch: any WeightPatch { towards }

        var directory: [String: TensorInfo] { base.directory }
        var displayName: String { base.displayName }

        private func target(_ name: String) -> (any TensorSource)? {
            guard let own = base.directory[name], own.dtype.isFloatingPoint else { return nil }
            return towards.targets.first { $0.directory[name]?.shape == own.shape }
        }

        func tensor(named name: String) throws -> Tensor {
            let weight = try base.tensor(named: name)
            guard let target = target(name) else { return weight }
            let other = try target.tensor(named: name).float32()
            return Tensor.zip(weight.float32(), other) { $0 + towards.strength * ($1 - $0) }
        }

        func digest(of name: String) throws -> Digest {
            let digest = try base.digest(of: name)
            guard let target = target(name) else { return digest }
            var builder = DigestBuilder()
            builder.add("towards")
            builder.add(towards.strength)
            builder.add(digest)
            builder.add(try target.digest(of: name))
            return builder.finish()
        }

        func contentDigest() throws -> Digest {
            var builder = DigestBuilder()
            try towards.feedFields(into: &builder)
            builder.add(try base.contentDigest())
            return builder.finish()
        }

        func releasePages(of name: String) { base.releasePages(of: name) }
    }
}
