internal import WorkflowEngine

extension GenerationParameters {
    /// SwarmUI's `parameters`: `{"sui_image_params": {"prompt": …, "negativeprompt": …, "model": …, "loras": [...]}}`.
    static func swarmUI(_ json: JSONSettings, _ key: String, _ software: String) -> GenerationParameters? {
        var outer = json
        guard var json = outer.map("sui_image_params") else { return nil }
        var result = GenerationParameters(program: "SwarmUI")
        result.prompt = json.text("prompt") ?? ""
        result.negativePrompt = json.text("negativeprompt") ?? ""
        result.add("Steps", json.text("steps"))
        result.add("Sampler", json.text("sampler", "comfyuisampler"))
        result.add("Schedule type", json.text("scheduler", "comfyuischeduler"))
        result.add("CFG scale", json.text("cfgscale"))
        result.add("Seed", json.text("seed"))
        result.addSize(json.text("width"), json.text("height"))
        result.add("Model", json.text("model"))
        result.add("VAE", json.text("vae"))
        if let layer = json.text("clipstopatlayer").flatMap({ Int($0) }), layer < 0 { result.add("Clip skip", "\(-layer)") }
        let weights = json.list("loraweights"), texts = json.list("loratencweights")
        for (index, name) in json.list("loras").enumerated() {
            guard let value = name.plainText else {
                result.noteUnread("LoRA", name)
                continue
            }
            let name = value
            func weight(_ list: [JSONSettings.Value]) -> Double? {
                list.indices.contains(index) ? list[index].plainText.flatMap { Double($0) } : nil
            }
            result.loras.append(.init(name: name, strength: weight(weights) ?? 1, clipStrength: weight(texts)))
        }
        json.drop("aspectratio", "swarm_version", "images", "batchsize", "personalnote", "automaticvae", "modelspecapplied", "sidelength")
        // When and how long, and digests of what is named above.
        outer.drop("sui_extra_data", "sui_models")
        result.settings += json.rest() + outer.rest()
        return result
    }

    /// Stability Matrix' `parameters-json`.
    static func stabilityMatrix(_ json: JSONSettings, _ key: String, _ software: String) -> GenerationParameters? {
        var json = json
        guard key == "parameters-json" || (json.has("PositivePrompt") && json.has("ModelName")) else { return nil }
        var result = GenerationParameters(program: "Stability Matrix")
        result.prompt = json.text("PositivePrompt") ?? ""
        result.negativePrompt = json.text("NegativePrompt") ?? ""
        result.add("Steps", json.text("Steps"))
        result.add("Sampler", json.text("Sampler"))
        result.add("CFG scale", json.text("CfgScale"))
        result.add("Seed", json.text("Seed"))
        result.addSize(json.text("Width"), json.text("Height"))
        result.add("Model", json.text("ModelName"))
        result.add("Model hash", json.text("ModelHash"))
        result.settings += json.rest()
        return result
    }
}
