public import Checkpoints
public import Descriptions
internal import Networks

/// A ControlNet or T2I adapter as a recipe: where its weights are. Nothing is read before a sampler needs it.
public struct ControlNet: Sendable {
    public internal(set) var kind: Kind
    /// Tensors under the names of the original code without a prefix: `input_blocks.0.0.weight`, `zero_convs.0.0.weight`;
    /// of an adapter `body.0.block1.weight`; of a control-LoRA `input_blocks.1.0.in_layers.2.up`.
    public internal(set) var content: any TensorSource
    /// Every residual is replaced by its mean over the picture (the shuffle kind: it looks at colours, not at places).
    public var averagesOverPicture = false

    /// Which of its kinds of hints a ControlNet of many kinds gets; `nil` leaves it to guess.
    public var hintKind: Int?

    public enum Kind: String, Sendable, Hashable {
        /// A copy of the U-Net's input half (Zhang et al. 2023).
        case controlNet
        /// The same as a low-rank change to the model that is sampled (Stability AI's control-LoRAs).
        case controlLoRA
        /// A small network that looks at the hint alone (Mou et al. 2023).
        case adapter
    }

    /// Finds out what a file holds, by names.
    ///
    /// - Parameters:
    ///   - fileName: one that ends in `_shuffle` (or `_shuffle_fp16`) means averaging over the picture.
    ///   - base: weights of a model without prefix, for a ControlNet that was stored as the difference from it.
    /// - Throws: `NetworkError.notRecognised` for anything else.
    public init(detecting source: any TensorSource, fileName: String, base: (any TensorSource)? = nil) throws {
        let names = source.directory
        func refuse(_ reason: String, _ hint: String) -> NetworkError {
            NetworkError(.notRecognised, in: source.displayName, reason: reason, hint: hint)
        }
        if names["controlnet_blocks.0.weight"] != nil {
            throw refuse("this ControlNet is for transformer models", "Darkroom computes Stable Diffusion 1, 2 and XL")
        }
        let stem = fileName.split(separator: "/").last.map(String.init) ?? fileName
        let bare = stem.lastIndex(of: ".").map { String(stem[..<$0]) } ?? stem
        averagesOverPicture = bare.hasSuffix("_shuffle") || bare.hasSuffix("_shuffle_fp16")
        if names["lora_controlnet"] != nil {
            kind = .controlLoRA
            content = source
        } else if names["controlnet_cond_embedding.conv_in.weight"] != nil {
            kind = .controlNet
            content = ControlNetNames.original(fromDiffusers: source)
        } else if names["control_model.zero_convs.0.0.weight"] != nil {
            kind = .controlNet
            let own = DerivedSource(source, below: "control_model.")
            content = names["difference"] != nil && base != nil ? SummedSource(own, added: base ?? own) : own
        } else if names["zero_convs.0.0.weight"] != nil {
            kind = .controlNet
            content = source
        } else if let adapter = ControlNetNames.adapter(source) {
            kind = .adapter
            content = adapter
        } else {
            throw refuse("there is neither a ControlNet nor a T2I adapter in it", "it may belong into another folder")
        }
    }

    init(kind: Kind, content: any TensorSource) {
        self.kind = kind
        self.content = content
    }
}

extension ControlNet: Recipe {
    public static var blank: ControlNet { ControlNet(kind: .controlNet, content: NoSource()) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("control"))
        try visitor.visit(choice: "kind", &kind)
        try visitor.visit("averagesOverPicture", &averagesOverPicture)
        try visitor.visit("hintKind", &hintKind)
        try visitor.visit("content", &content)
    }
}
