internal import Checkpoints

/// Every spelling under which LoRA files name the layers of a network.
///
/// Made from the network's own tensor names, so it holds for any depth and width. Source: the files of kohya's scripts, LyCORIS,
/// diffusers, PEFT, SimpleTuner and OneTrainer.
struct AdapterNames {
    /// Module names to the tensor that they mean.
    private(set) var targets: [String: String] = [:]

    /// - Parameter directory: of a U-Net (`input_blocks…`) or of one text model (`clip_l.text_model…`).
    init(_ directory: [String: TensorInfo]) {
        var residuals = 0
        // Blocks before the first downsampling are those of the first level.
        while directory["input_blocks.\(residuals + 1).0.in_layers.0.weight"] != nil { residuals += 1 }
        for name in directory.keys where name.hasSuffix(".weight") {
            let path = String(name.dropLast(".weight".count))
            if let dot = path.firstIndex(of: "."), path.hasPrefix("clip_") {
                text(path, model: String(path[..<dot]), inner: String(path[path.index(after: dot)...]), target: name)
            } else {
                unet(path, target: name, residualsPerLevel: residuals)
            }
        }
    }

    private mutating func add(_ module: String, _ target: String) { targets[module] = target }

    private static func underscored(_ path: String) -> String { path.replacing(".", with: "_") }

    private mutating func unet(_ path: String, target: String, residualsPerLevel: Int) {
        add("lora_unet_" + Self.underscored(path), target)
        add("diffusion_model." + path, target)
        for isClassEmbedding in [false, true] {
            let known = DiffusersNames.name(
                ofOriginal: path + ".", residualsPerLevel: residualsPerLevel, isClassEmbedding: isClassEmbedding)
            guard let diffusers = known?.dropLast() else { continue }
            let name = String(diffusers)
            add("lora_unet_" + Self.underscored(name), target)
            add("lycoris_" + Self.underscored(name), target)
            // The attention processors of older diffusers.
            var processor = name.replacing(".to_", with: ".processor.to_")
            if processor.hasSuffix(".to_out.0") { processor.removeLast(2) }
            for spelling in Set([name, processor]) {
                add(spelling, target)
                add("unet." + spelling, target)
            }
            guard path.hasPrefix("label_emb.") else { break }
        }
    }

    /// - Parameters:
    ///   - model: `clip_l`, `clip_g` or `clip_h`.
    ///   - inner: `text_model.encoder.layers.0.mlp.fc1`, `text_projection`.
    private mutating func text(_ path: String, model: String, inner: String, target: String) {
        let underscored = Self.underscored(inner)
        // The only text model of a family is `te`, the second one of SDXL `te2`.
        for prefix in model == "clip_g" ? ["lora_te2_", "lora_te_"] : ["lora_te_", "lora_te1_"] { add(prefix + underscored, target) }
        for prefix in model == "clip_g" ? ["text_encoder_2.", "text_encoder."] : ["text_encoder."] { add(prefix + inner, target) }
        add("text_encoders.\(model).transformer.\(inner)", target)
        add("\(model).transformer.\(inner)", target)
        // A text model that was trained alone has nothing in front of its names.
        add(inner, target)
    }
}
