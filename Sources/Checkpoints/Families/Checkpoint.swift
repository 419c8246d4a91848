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
        prediction = try Self.prediction(family, structure, weights, names, source)
        vae = Self.vae(source, names)
        textEncoders = Self.textEncoders(family, source, names)
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

    private static func prediction(
        _ family: ModelFamily, _ plan: UNetStructure, _ weights: Weights, _ names: [String: TensorInfo], _ source: any TensorSource
    ) throws -> TrainedPrediction {
        func scalar(_ name: String) throws -> Float? {
            guard let info = names[name], info.shape.allSatisfy({ $0 == 1 }) else { return nil }
            return try source.tensor(named: name).float32().scalar
        }
        switch family {
        case .sd2, .sd2UnclipL, .sd2UnclipH:
            // Models trained for v have a wider spread here than those for eps: 0.09 lies between (as ComfyUI tells them).
            guard plan.inputChannels == 4, weights.has("output_blocks.11.1.transformer_blocks.0.norm1.bias") else {
                return .epsilon
            }
            let bias = try weights.floats("output_blocks.11.1.transformer_blocks.0.norm1.bias", shape: [nil])
            let mean = bias.mean
            let variance = bias.withFloats { $0.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } } / Double(bias.count)
            return variance.squareRoot() > 0.09 ? .velocity(zeroTerminalSNR: false) : .epsilon
        case .upscalerX4: return .velocity(zeroTerminalSNR: false)
        case .sdxl, .ssd1b, .vega, .koala700m, .koala1b:
            if names["edm_mean"] != nil, names["edm_std"] != nil { return .edm }
            if let sigmaMax = try scalar("edm_vpred.sigma_max") {
                return .continuousVelocity(sigmaMin: try scalar("edm_vpred.sigma_min") ?? 0.002, sigmaMax: sigmaMax)
            }
            return names["v_pred"] != nil ? .velocity(zeroTerminalSNR: names["ztsnr"] != nil) : .epsilon
        default: return .epsilon
        }
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
        _ family: ModelFamily, _ source: any TensorSource, _ names: [String: TensorInfo]
    ) -> [(kind: TextEncoderKind, source: any TensorSource)] {
        let places: [TextEncoderKind: [String]]
        switch family {
        case .sd1: places = [.clipL: ["cond_stage_model.transformer.", "cond_stage_model."]]
        case .sdxlRefiner: places = [.openCLIPG: ["conditioner.embedders.0.model."]]
        case .sd2, .sd2UnclipL, .sd2UnclipH, .upscalerX4, .lotus:
            places = [.openCLIPH: ["cond_stage_model.model.", "conditioner.embedders.0.model.", "cond_stage_model.transformer."]]
        default:
            places = [
                .clipL: ["conditioner.embedders.0.transformer."],
                .openCLIPG: ["conditioner.embedders.1.model.", "conditioner.embedders.1.transformer."],
            ]
        }
        return family.textEncoders.enumerated().compactMap { position, kind in
            // The last is where diffusers folders have it.
            for prefix in (places[kind] ?? []) + [position == 0 ? "text_encoder." : "text_encoder_2."] {
                if let encoder = textEncoder(source, prefix: prefix) { return (kind, encoder) }
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
