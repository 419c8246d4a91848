/// What PEFT puts around the names of the network that it trains.
///
/// A model under training is `PeftModel.base_model.model`, so the layers of one that was saved by PEFT itself bear that path in front, before
/// or behind the name of the part (`unet.`, `text_encoder.`); diffusers takes it away. Source: huggingface/peft, `save_pretrained`.
enum PEFTNames {
    private static let wrapper = "base_model.model."
    private static let parts = ["", "unet.", "text_encoder.", "text_encoder_2.", "transformer."]

    /// A module's name without the wrapper, as other trainers spell it.
    static func withoutWrapper(_ module: String) -> String {
        for part in parts {
            guard module.utf8.starts(with: (part + wrapper).utf8) else { continue }
            var rest = module.dropFirst(part.count + wrapper.count)
            // A whole checkpoint's path.
            if rest.hasPrefix("model.diffusion_model.") { rest = rest.dropFirst("model.".count) }
            // The names of the original code have no prefix of their own.
            if part.isEmpty || part == "unet.", original.contains(where: rest.hasPrefix) { return "diffusion_model." + rest }
            return part + rest
        }
        return module
    }

    private static let original = ["input_blocks.", "middle_block.", "output_blocks.", "time_embed.", "label_emb.", "out."]
}
