public import Checkpoints
public import Descriptions
public import Networks
internal import Tensors

/// A text encoder as a recipe: where its weights are, what was asked to be changed, and which layer is used. ComfyUI's CLIP.
///
/// Cheap to make and to copy. Weights are read, patched and packed when a prompt is encoded.
public struct TextEncoder: Sendable {
    /// One for most families; SDXL has two, whose embeddings are joined channel by channel.
    public private(set) var models: [Part]
    /// In the order in which the workflow applied them.
    public private(set) var patches: [any WeightPatch] = []
    /// Clip skip as its node counts: −1 is the last layer. `nil` takes the family's layer.
    public var lastLayer: Int?
    /// Given to everything that is encoded.
    public var conditioningHooks = ConditioningHooks()

    /// One text model.
    public struct Part: Sendable {
        public internal(set) var configuration: TextModelConfiguration
        /// Tensors below the model's key: `clip_l.text_model.encoder.layers.0.self_attn.q_proj.weight`.
        public internal(set) var content: any TensorSource

        /// - Parameter source: names of Hugging Face's layout, `text_model…`, `text_projection.weight`.
        public init(_ configuration: TextModelConfiguration, source: any TensorSource) {
            self.configuration = configuration
            content = DerivedSource(source, above: configuration.key)
        }
    }

    public init(models: [Part]) { self.models = models }

    /// The text encoder of a checkpoint; `nil` when the file lacks a part of it.
    public init?(_ checkpoint: Checkpoint) {
        let parts = checkpoint.textEncoders
        guard !parts.isEmpty, parts.map(\.kind) == checkpoint.family.textModels.map(\.kind) else { return nil }
        models = zip(checkpoint.family.textModels, parts).map { Part(TextModelConfiguration($0), source: $1.source) }
    }

    /// A text encoder from files of its own: one for SD1, SD2 or the SDXL refiner, two in either order for SDXL.
    ///
    /// - Throws: `CheckpointError` when a file has no text model, `NetworkError` when the two don't go together.
    public init(files: [any TensorSource]) throws {
        let parts = try files.map { try Checkpoint.textEncoder($0) }
        let kinds = parts.map(\.kind)
        // Families with the same text models use them in the same way: any of them will do.
        guard
            let family = ModelFamily.all.first(where: { family in
                family.textModels.count == kinds.count && family.textModels.allSatisfy { kinds.contains($0.kind) }
            }), !kinds.isEmpty
        else {
            throw NetworkError(
                .notRecognised, in: files.map(\.displayName).joined(separator: " and "),
                reason: "the text models are \(kinds.map(\.rawValue).joined(separator: " and "))",
                hint: "two files make a text encoder for SDXL: clip_l and clip_g")
        }
        models = family.textModels.compactMap { model in
            parts.first { $0.kind == model.kind }.map { Part(TextModelConfiguration(model), source: $0.source) }
        }
    }

    /// The same text encoder with one more patch. It is applied to every part; names of tensors are as in `Part.content`.
    public func patched(_ patch: any WeightPatch) -> TextEncoder {
        var copy = self
        copy.patches.append(patch)
        return copy
    }

    /// The weights of each part after all patches, still unread.
    public func patchedContents() throws -> [any TensorSource] {
        try models.map { part in try patches.reduce(part.content) { try $1.applied(to: $0) } }
    }
}

extension TextEncoder: Recipe {
    public static var blank: TextEncoder { TextEncoder(models: []) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("text encoder"))
        try visitor.list("models", &models)
        let count = try visitor.count("patches", patches.count)
        if visitor.isReading { patches = Array(repeating: ScaledLayers([]), count: count) }
        for index in patches.indices { try visitor.visit(weightPatch: "patches.\(index)", &patches[index]) }
        try visitor.visit("lastLayer", &lastLayer)
        try visitor.visit(part: "conditioningHooks", &conditioningHooks)
    }
}

extension TextEncoder.Part: Described {
    public static var blank: TextEncoder.Part {
        TextEncoder.Part(TextModelConfiguration(.clipL, layerFromEnd: 1, normalisesHidden: true), source: NoSource())
    }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.unmarked { try visitor.visit(choice: "configuration.kind", &configuration.kind) }
        visitor.mark(.text(configuration.key))
        try visitor.visit("configuration.layerFromEnd", &configuration.layerFromEnd)
        try visitor.visit("configuration.normalisesHidden", &configuration.normalisesHidden)
        try visitor.visit("content", &content)
    }
}
