import Tensors

/// A full checkpoint, or a U-Net alone, taken apart: each part a source of its own, without prefix and in the spelling that the
/// networks are written in, whatever layout the file has.
public struct Checkpoint: Sendable {
    public let source: any TensorSource
    public let family: ModelFamily
    public let structure: UNetStructure
    public let prediction: TrainedPrediction
    /// Original names (`input_blocks…`).
    public let unet: any TensorSource
    /// Original names (`encoder…`, `decoder…`, `quant_conv`); `nil` if the file has no VAE.
    public let vae: (any TensorSource)?
    /// Hugging Face's names (`text_model…`, `text_projection.weight`), in the family's order; those the file has.
    public let textEncoders: [(kind: TextEncoderKind, source: any TensorSource)]

    /// Takes a file apart. Reads names, shapes and at most one small tensor.
    ///
    /// - Throws: `CheckpointError` when it has no U-Net or one of an unknown family.
    public init(_ source: any TensorSource) throws {
        self.source = source
        let names = source.directory
        let prefix = Self.unetPrefix(names)
        let hasOriginal = names[prefix + "input_blocks.0.0.weight"] != nil
        if hasOriginal {
            let part: any TensorSource = prefix.isEmpty ? source : DerivedSource(source, below: prefix)
            unet = ScaledSource.recognises(part) ? ScaledSource(part) : part
        } else if DiffusersNames.isUNet(names.keys) {
            unet = DiffusersNames.unet(source)
        } else {
            throw CheckpointError(
                .unknownFamily, file: source.displayName, reason: "no U-Net in it: there is no \(prefix)input_blocks.0.0.weight",
                hint: Self.whatElse(source))
        }
        let weights = Weights(unet)
        structure = try UNetStructure(weights)
        guard let family = ModelFamily(structure) else {
            throw CheckpointError(
                .unknownFamily, file: source.displayName,
                reason: "its U-Net is of no known family: depths \(structure.depthPerResidual), context "
                    + "\(structure.contextWidth.map(String.init) ?? "none"), label \(structure.labelWidth.map(String.init) ?? "none")")
        }
        self.family = family
        prediction = try family.prediction.prediction(structure, unet: weights, in: source)
        vae = Self.vae(source, names)
        textEncoders = Self.textEncoders(family, source)
    }

    /// The prefix of the U-Net: the most frequent of the known ones, if it has more than five names.
    private static func unetPrefix(_ names: [String: TensorInfo]) -> String {
        if names["input_blocks.0.0.weight"] != nil { return "" }
        let known = ["model.diffusion_model.", "model.model.", "net."]
        let counts = known.map { prefix in names.keys.count { $0.utf8.starts(with: prefix.utf8) } }
        guard let most = counts.max(), most > 5, let best = counts.firstIndex(of: most) else { return "model." }
        return known[best]
    }

    /// What the file is instead, for the message.
    private static func whatElse(_ source: any TensorSource) -> String? {
        let names = source.directory
        if let piece = ShardNumber(source.displayName) {
            return "this is piece \(piece.number) of \(piece.count) of a model: load the folder that has all of them with DiffusersLoader"
        }
        if names["decoder.conv_in.weight"] != nil { return "this is a VAE: use VAELoader" }
        if names.keys.contains(where: { $0.hasPrefix("lora_unet_") || $0.contains(".lora_") || $0.contains("lora_A") }) {
            return "this is a LoRA: use LoraLoader"
        }
        if names.keys.contains(where: { $0.hasPrefix("control_model.") || $0.hasPrefix("controlnet_") }) {
            return "this is a ControlNet: use ControlNetLoader"
        }
        if names["text_model.embeddings.token_embedding.weight"] != nil { return "this is a text encoder: use CLIPLoader" }
        return nil
    }

    private static func vae(_ source: any TensorSource, _ names: [String: TensorInfo]) -> (any TensorSource)? {
        for prefix in ["first_stage_model.", "vae."] {
            let part = DerivedSource(source, below: prefix)
            guard !part.directory.isEmpty else { continue }
            return DiffusersNames.isVAE(part.directory.keys) ? DiffusersNames.vae(part) : part
        }
        return nil
    }

    private static func textEncoders(
        _ family: ModelFamily, _ source: any TensorSource
    ) -> [(kind: TextEncoderKind, source: any TensorSource)] {
        family.textModels.enumerated().compactMap { position, model in
            // The last is where diffusers folders have it.
            for prefix in model.places + [position == 0 ? "text_encoder." : "text_encoder_2."] {
                if let encoder = textEncoder(source, prefix: prefix) { return (model.kind, encoder) }
            }
            return nil
        }
    }

    /// A text encoder below a prefix in either spelling, under Hugging Face's names; `nil` if there is none.
    static func textEncoder(_ source: any TensorSource, prefix: String) -> DerivedSource? {
        let names = source.directory
        if names[prefix + "transformer.resblocks.0.ln_1.weight"] != nil {
            return DerivedSource(source, label: "openclip \(prefix)", origins: OpenCLIPNames.text(source, prefix: prefix))
        }
        // Some SD1 files lack "text_model.".
        let inner = names[prefix + "text_model.embeddings.token_embedding.weight"] != nil ? "text_model." : ""
        guard names[prefix + inner + "embeddings.token_embedding.weight"] != nil else { return nil }
        var origins: [String: DerivedSource.Origin] = [:]
        for name in names.keys {
            guard let key = name.dropping(prefix) else { continue }
            if key == "text_projection" {
                origins["text_projection.weight"] = .transposed(name)
            } else if key.hasPrefix("text_projection.") || key == "logit_scale" {
                origins[key] = .same(name)
            } else if let rest = key.dropping(inner) {
                origins["text_model." + rest] = .same(name)
            }
        }
        return DerivedSource(source, label: "text \(prefix)", origins: origins)
    }
}
