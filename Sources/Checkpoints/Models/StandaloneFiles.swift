/// Parts of a model that come in files of their own.
extension Checkpoint {
    /// A VAE from its own file (original or diffusers names), or from a full checkpoint that lies in the VAE folder.
    ///
    /// - Throws: `CheckpointError` when the file has none.
    public static func vae(_ source: any TensorSource) throws -> any TensorSource {
        let names = source.directory
        if DiffusersNames.isVAE(names.keys) { return DiffusersNames.vae(source) }
        if names["decoder.conv_in.weight"] != nil || names["encoder.conv_in.weight"] != nil { return source }
        for prefix in ["first_stage_model.", "vae."] where names[prefix + "decoder.conv_in.weight"] != nil {
            return DerivedSource(source, below: prefix)
        }
        throw CheckpointError(
            .unknownFamily, file: source.displayName, reason: "no VAE in it: there is no decoder.conv_in.weight")
    }

    /// A text encoder from its own file, under Hugging Face's names, and which one it is (by its depth).
    ///
    /// - Throws: `CheckpointError` when the file has none.
    public static func textEncoder(_ source: any TensorSource) throws -> (kind: TextEncoderKind, source: any TensorSource) {
        let names = source.directory
        let prefixes = [
            "", "cond_stage_model.transformer.", "cond_stage_model.model.", "text_encoder.", "text_encoders.clip_l.transformer.",
            "text_encoders.clip_g.transformer.", "text_encoders.clip_h.transformer.",
        ]
        for prefix in prefixes {
            guard let encoder = textEncoder(source, prefix: prefix) else { continue }
            let layers = Weights(encoder)["text_model.encoder.layers"].numberedCount
            let kind: TextEncoderKind = layers > 30 ? .openCLIPG : layers > 22 ? .openCLIPH : .clipL
            return (kind, encoder)
        }
        throw CheckpointError(
            .unknownFamily, file: source.displayName, reason: "no text encoder in it",
            hint: names.isEmpty ? "the file has no tensors" : nil)
    }

    /// A CLIP vision model from its own file, under Hugging Face's names (`vision_model…`, `visual_projection.weight`).
    ///
    /// - Throws: `CheckpointError` when the file has none.
    public static func vision(_ source: any TensorSource) throws -> any TensorSource {
        let names = source.directory
        if names["vision_model.embeddings.patch_embedding.weight"] != nil { return source }
        for prefix in ["visual.", "embedder.model.visual.", "model.visual."] where names[prefix + "conv1.weight"] != nil {
            return DerivedSource(source, label: "vision", origins: OpenCLIPNames.vision(source, prefix: prefix))
        }
        throw CheckpointError(.unknownFamily, file: source.displayName, reason: "no CLIP vision model in it")
    }

    /// A T2I style adapter from its own file; its layers, spelled as OpenCLIP's, under Hugging Face's names below `layers.`.
    ///
    /// - Throws: `CheckpointError` when the file has none.
    public static func styleModel(_ source: any TensorSource) throws -> any TensorSource {
        let names = source.directory
        if names["style_embedding"] != nil {
            return DerivedSource(source, label: "style", origins: OpenCLIPNames.style(source))
        }
        throw CheckpointError(
            .unknownFamily, file: source.displayName, reason: "no T2I style adapter in it: there is no style_embedding",
            hint: names["redux_down.weight"] != nil ? "this is Redux, a style model for Flux, which is not supported" : nil)
    }

    /// An upscaling network from its own file, without the wrappers and prefixes that trainers leave around it.
    public static func upscaler(_ source: any TensorSource) -> any TensorSource {
        var source = source
        for wrapper in ["params_ema.", "params-ema.", "params.", "model_state_dict.", "net."] {
            let inner = DerivedSource(source, below: wrapper)
            if !inner.directory.isEmpty {
                source = inner
                break
            }
        }
        for prefix in ["module.", "netG."] {
            let inner = DerivedSource(source, below: prefix)
            if inner.directory.count == source.directory.count { source = inner }
        }
        return source
    }
}
