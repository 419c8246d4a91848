internal import WorkflowEngine
internal import Workflows

extension GenerationParameters {
    /// Fooocus' own scheme: `{"prompt": …, "full_prompt": [...], "base_model": …, "resolution": "(896, 1152)", "loras": [[name, weight, hash]]}`;
    /// RuinedFooocus' differs in names.
    static func fooocus(_ json: JSONSettings, _ key: String, _ software: String) -> GenerationParameters? {
        let isRuined = json.has("base_model_name") && (json.has("Prompt") || json.has("prompt"))
        guard isRuined || json.has("metadata_scheme") || (json.has("base_model") && json.has("resolution")) else { return nil }
        var json = json
        var result = GenerationParameters(program: isRuined ? "RuinedFooocus" : "Fooocus")
        result.prompt = json.text("prompt", "Prompt") ?? ""
        result.negativePrompt = json.text("negative_prompt", "Negative") ?? ""
        // Styles were written out there; each of the texts was encoded by itself.
        let full = json.list("full_prompt").compactMap(\.plainText),
            fullNegative = json.list("full_negative_prompt").compactMap(\.plainText)
        if !full.isEmpty {
            result.prompt = full.joined(separator: " BREAK ")
            json.drop("styles", "prompt_expansion")
        }
        if !fullNegative.isEmpty { result.negativePrompt = fullNegative.joined(separator: " BREAK ") }
        result.add("Steps", json.text("steps"))
        result.add("Sampler", json.text("sampler", "sampler_name"))
        result.add("Schedule type", json.text("scheduler"))
        result.add("CFG scale", json.text("guidance_scale", "cfg"))
        result.add("Seed", json.text("seed"))
        result.add("Size", json.text("resolution"))
        result.addSize(json.text("width"), json.text("height"))
        result.add("Model", json.text("base_model", "base_model_name"))
        result.add("Model hash", json.text("base_model_hash"))
        result.add("VAE", json.text("vae"))
        result.add("Clip skip", json.text("clip_skip"))
        if let refiner = json.text("refiner_model"), refiner.lowercased() != "none" {
            result.add("Refiner", refiner)
            result.add("Refiner switch at", json.text("refiner_switch"))
        }
        for lora in json.list("loras") {
            guard case .list(let parts) = lora, let name = parts.first?.plainText else {
                result.noteUnread("LoRA", lora)
                continue
            }
            guard name.lowercased() != "none" else { continue }
            // RuinedFooocus has the weight as text, and no hash.
            let strength = parts.count > 1 ? parts[1].plainText.flatMap { Double($0) } : nil
            result.loras.append(.init(name: name, strength: strength ?? 1, hash: parts.count > 2 ? parts[2].plainText : nil))
        }
        for index in 1...10 {
            // The form of its log: "name : weight".
            guard let text = json.text("lora_combined_\(index)") else { continue }
            guard let colon = text.lastIndex(of: ":") else {
                result.noteUnread("LoRA", .string(text))
                continue
            }
            result.loras.append(.init(name: trimmed(text[..<colon]), strength: Double(trimmed(text[text.index(after: colon)...])) ?? 1))
        }
        if let denoise = json.text("denoise"), Double(denoise) != 1 { result.add("Denoising strength", denoise) }
        json.drop(
            "version", "created_by", "metadata_scheme", "performance", "refiner_switch", "software", "refiner_model_hash", "start_step")
        result.settings += json.rest()
        return result
    }
}
