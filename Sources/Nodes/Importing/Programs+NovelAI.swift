internal import WorkflowEngine

extension GenerationParameters {
    /// NovelAI's `Comment` (in WebP a map that holds it): `{"prompt": …, "uc": …, "scale": 5, "sampler": "k_euler", "noise_schedule": …}`.
    ///
    /// Its models aren't public: another one is taken.
    static func novelAI(_ json: JSONSettings, _ key: String, _ software: String) -> GenerationParameters? {
        var json = json
        if json.has("Comment"), json.has("Software") || json.has("Source") || json.has("Description") {
            let source = json.text("Source")
            let description = json.text("Description")
            guard let inner = JSONSettings(json.text("Comment") ?? ""), var found = novelAI(inner, "Comment", "novelai") else { return nil }
            if found.prompt.isEmpty { found.prompt = description ?? "" }
            json.drop("Title", "Software", "Generation time", "Generation_time")
            found.settings += json.rest()
            if let source { found.settings = found.settings.map { $0.key == "Model title" ? Setting(key: $0.key, value: source) : $0 } }
            return found
        }
        guard json.has("uc") || json.has("v4_prompt"), json.has("sampler") || json.has("scale"), !json.has("c") else { return nil }
        var result = GenerationParameters(program: "NovelAI")
        result.prompt = json.text("prompt") ?? ""
        result.negativePrompt = json.text("uc") ?? ""
        for key in ["v4_prompt", "v4_negative_prompt"] {
            guard var caption = json.map(key), var inner = caption.map("caption") else { continue }
            let base = inner.text("base_caption") ?? ""
            if key == "v4_prompt", result.prompt.isEmpty { result.prompt = base }
            if key == "v4_negative_prompt", result.negativePrompt.isEmpty { result.negativePrompt = base }
            for character in inner.list("char_captions") {
                guard var character = JSONSettings(character), let text = character.text("char_caption") else {
                    result.noteUnread("caption", character)
                    continue
                }
                guard !text.isEmpty else { continue }
                result.notes.append("the prompt of a character, \"\(text.prefix(80))\" (\(key)), isn't taken over")
            }
        }
        result.add("Model title", "NovelAI")
        result.add("Steps", json.text("steps"))
        result.add("Sampler", json.text("sampler"))
        result.add("Schedule type", json.text("noise_schedule"))
        result.add("CFG scale", json.text("scale"))
        result.add("Seed", json.text("seed"))
        result.addSize(json.text("width"), json.text("height"))
        if let kind = json.text("request_type"), !kind.hasPrefix("PromptGenerate") {
            result.notes.append(
                "request_type \(kind): the picture was made from another picture, which isn't in the file; it starts from noise here")
        }
        for (key, usual) in [("uncond_scale", 1.0), ("controlnet_strength", 1), ("uncond_per_vibe", 1), ("wonky_vibe_correlation", 1)] {
            if let value = json.text(key), Double(value) != usual, value != "true" { result.add(key, value) }
        }
        json.drop(
            "n_samples", "version", "signed_hash", "params_version", "legacy_v3_extend", "extra_noise_seed", "add_original_image", "stream",
            "hide_debug_overlay")
        if [result.prompt, result.negativePrompt].contains(where: { $0.contains("::") }) {
            result.notes.append("weights that are written 1.2::words:: aren't done; they are part of the text")
        }
        result.settings += json.rest()
        return result
    }
}
