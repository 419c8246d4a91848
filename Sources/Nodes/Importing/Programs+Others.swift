internal import Pictures
internal import WorkflowEngine
internal import Workflows

extension GenerationParameters {
    /// Draw Things' JSON in XMP or UserComment: `{"c": …, "uc": …, "model": …, "scale": 7, "size": "512x512", "lora": [{"model", "weight"}]}`.
    static func drawThings(_ json: JSONSettings, _ key: String, _ software: String) -> GenerationParameters? {
        guard json.has("c"), json.has("uc") || json.has("sampler") || json.has("v2") else { return nil }
        var json = json
        var result = GenerationParameters(program: "Draw Things")
        result.prompt = json.text("c") ?? ""
        result.negativePrompt = json.text("uc") ?? ""
        var full = json.map("v2")
        result.add("Steps", json.text("steps") ?? full?.text("steps"))
        result.add("Sampler", json.text("sampler"))
        result.add("CFG scale", json.text("scale") ?? full?.text("guidanceScale"))
        result.add("Seed", json.text("seed") ?? full?.text("seed"))
        if json.has("size") { result.add("Size", json.text("size")) } else { result.addSize(full?.text("width"), full?.text("height")) }
        result.add("Model", json.text("model") ?? full?.text("model"))
        if let skip = full?.text("clipSkip") ?? json.text("clip_skip"), skip != "1" { result.add("Clip skip", skip) }
        // Both forms say the same.
        let loras = json.has("lora") ? json.list("lora") : full?.list("loras") ?? []
        for lora in loras {
            guard var members = JSONSettings(lora), let name = members.text("model", "file") else {
                result.noteUnread("LoRA", lora)
                continue
            }
            result.loras.append(.init(name: name, strength: members.text("weight").flatMap { Double($0) } ?? 1))
        }
        if let strength = json.text("strength"), Double(strength) != 1 { result.add("Denoising strength", strength) }
        full?.drop(drawThingsDetails)
        // They say the same as the short form above.
        full?.drop(["steps", "sampler", "guidanceScale", "seed", "width", "height", "model", "loras", "clipSkip"])
        result.settings += full?.rest() ?? []
        json.drop("seed_mode", "profile", "shift", "mask_blur", "mask_blur_outset", "preserve_original", "image_guidance", "lora")
        result.settings += json.rest()
        return result
    }

    /// What its full configuration always holds, and what says something only beside a switch that is named.
    private static let drawThingsDetails: Set<String> = [
        "id", "name", "seedMode", "strength", "batchCount", "batchSize", "shift", "resolutionDependentShift", "maskBlur", "maskBlurOutset",
        "preserveOriginalAfterInpaint", "imageGuidanceScale", "clipWeight", "originalImageWidth", "originalImageHeight", "targetImageWidth",
        "targetImageHeight", "negativeOriginalImageWidth", "negativeOriginalImageHeight", "cropTop", "cropLeft", "aestheticScore",
        "negativeAestheticScore", "hiresFixWidth", "hiresFixHeight", "hiresFixStrength", "hiresFixStartWidth", "hiresFixStartHeight",
        "upscalerScaleFactor", "refinerStart", "tiledDecoding", "decodingTileWidth", "decodingTileHeight", "decodingTileOverlap",
        "diffusionTileWidth", "diffusionTileHeight", "diffusionTileOverlap", "stage2Guidance", "stage2Shift", "stochasticSamplingGamma",
        "imagePriorSteps", "negativePromptForImagePrior", "fps", "motionScale", "guidingFrameNoise", "startFrameGuidance", "numFrames",
        "guidanceEmbed", "speedUpWithGuidanceEmbed", "t5TextEncoder", "separateClipL", "separateOpenClipG", "separateT5",
        "teaCacheStart", "teaCacheEnd", "teaCacheThreshold", "teaCacheMaxSkipSteps", "causalInference", "causalInferencePad",
    ]

    /// Its text for people has the negative prompt in a line that begins with a minus sign.
    mutating func splitDrawThings() {
        program = "Draw Things"
        guard negativePrompt.isEmpty, let start = prompt.lastIndex(of: "\n").map({ prompt.index(after: $0) }),
            prompt[start...].hasPrefix("-")
        else { return }
        negativePrompt = Self.trimmed(prompt[start...].dropFirst())
        prompt = Self.trimmed(prompt[..<start])
    }

    /// Tensor.Art's `generation_data`.
    static func tensorArt(_ json: JSONSettings, _ key: String, _ software: String) -> GenerationParameters? {
        guard json.has("samplerName") || key == "generation_data", json.has("prompt") else { return nil }
        var json = json
        var result = GenerationParameters(program: "Tensor.Art")
        result.prompt = json.text("prompt") ?? ""
        result.negativePrompt = json.text("negativePrompt") ?? ""
        result.add("Steps", json.text("steps"))
        result.add("Sampler", json.text("samplerName"))
        result.add("Schedule type", json.text("scheduler"))
        result.add("CFG scale", json.text("cfgScale"))
        result.add("Seed", json.text("seed"))
        result.addSize(json.text("width"), json.text("height"))
        result.add("Clip skip", json.text("clipSkip"))
        result.add("VAE", json.text("sdVae", "vae"))
        if var base = json.map("baseModel") {
            result.add("Model", base.text("modelFileName"))
            result.add("Model hash", base.text("hash"))
        }
        for model in json.list("models") {
            guard let members = JSONSettings(model) else {
                result.noteUnread("model", model)
                continue
            }
            var model = members
            let name = model.text("modelFileName", "label")
            switch model.text("type") {
            case "LORA"?:
                result.loras.append(
                    .init(
                        name: name ?? "LoRA", strength: model.text("weight").flatMap { Double($0) } ?? 1, hash: model.text("hash"),
                        isTitle: name == nil))
            case "BASE_MODEL"?:
                if result["Model"] == nil {
                    result.add("Model", name)
                    result.add("Model hash", model.text("hash"))
                }
            case let kind: result.notes.append("the \(kind?.lowercased() ?? "model") \"\(name ?? "")\" is left out")
            }
        }
        json.drop("imageCount", "workEngine", "id", "ksampler")
        result.settings += json.rest()
        return result
    }

    /// What Civitai's own generator puts beside its nodes: `{"extraMetadata": "{\"prompt\": …, \"cfgScale\": …}"}`.
    static func civitai(_ json: JSONSettings, _ key: String, _ software: String) -> GenerationParameters? {
        var json = json
        guard var extra = JSONSettings(json.text("extraMetadata") ?? "") ?? json.map("extraMetadata"), extra.has("prompt") else {
            return nil
        }
        var result = GenerationParameters(program: "Civitai")
        result.prompt = extra.text("prompt") ?? ""
        result.negativePrompt = extra.text("negativePrompt") ?? ""
        result.add("Steps", extra.text("steps"))
        result.add("Sampler", extra.text("sampler"))
        result.add("Schedule type", extra.text("scheduler"))
        result.add("CFG scale", extra.text("cfgScale"))
        result.add("Seed", extra.text("seed"))
        result.addSize(extra.text("width"), extra.text("height"))
        result.add("Clip skip", extra.text("clipSkip"))
        for resource in extra.list("resources") {
            guard let members = JSONSettings(resource) else {
                result.noteUnread("resource", resource)
                continue
            }
            var resource = members
            let version = resource.text("modelVersionId") ?? "?"
            result.notes.append(
                "the resource of version \(version) (strength \(resource.text("strength") ?? "1")) of Civitai is left out: its name isn't in the text"
            )
        }
        // The nodes beside it are read before this is asked.
        extra.drop("remixOfId", "workflowId", "baseModel", "quantity", "transformations")
        result.settings += extra.rest()
        return result
    }

    /// Easy Diffusion's JSON (JPEG, WebP), or a text for each setting (PNG).
    static func easyDiffusionJSON(_ json: JSONSettings, _ key: String, _ software: String) -> GenerationParameters? {
        json.has("use_stable_diffusion_model") ? easyDiffusion(json) : nil
    }

    static func easyDiffusion(_ metadata: PictureMetadata) -> GenerationParameters? {
        let names = Set(metadata.entries.map(\.key))
        guard names.contains("use_stable_diffusion_model") || names.contains("Stable Diffusion model") else { return nil }
        let members = metadata.entries.map { entry in
            JSONSettings.Value.Member(key: easyNames[entry.key] ?? entry.key, value: JSONSettings.value(entry.text) ?? .string(entry.text))
        }
        return JSONSettings(.map(members)).map(easyDiffusion)
    }

    private static let easyNames = [
        "Prompt": "prompt", "Negative Prompt": "negative_prompt", "Seed": "seed", "Stable Diffusion model": "use_stable_diffusion_model",
        "Clip Skip": "clip_skip", "VAE model": "use_vae_model", "Sampler": "sampler_name", "Width": "width", "Height": "height",
        "Steps": "num_inference_steps", "Guidance Scale": "guidance_scale", "LoRA model": "use_lora_model", "LoRA Strength": "lora_alpha",
        "Hypernetwork model": "use_hypernetwork_model", "Hypernetwork Strength": "hypernetwork_strength",
        "Prompt Strength": "prompt_strength",
        "Use Face Correction": "use_face_correction", "Use Upscaling": "use_upscale",
    ]

    private static func easyDiffusion(_ json: JSONSettings) -> GenerationParameters {
        var json = json
        var result = GenerationParameters(program: "Easy Diffusion")
        result.prompt = json.text("prompt") ?? ""
        result.negativePrompt = json.text("negative_prompt") ?? ""
        result.add("Steps", json.text("num_inference_steps"))
        result.add("Sampler", json.text("sampler_name"))
        result.add("Schedule type", json.text("scheduler_name"))
        result.add("CFG scale", json.text("guidance_scale"))
        result.add("Seed", json.text("seed"))
        result.addSize(json.text("width"), json.text("height"))
        result.add("Model", json.text("use_stable_diffusion_model"))
        result.add("VAE", json.text("use_vae_model"))
        if json.text("clip_skip")?.lowercased() == "true" { result.add("Clip skip", "2") }
        let alphas = json.has("lora_alpha") ? json.take("lora_alpha") : nil
        let strengths: [Double] =
            switch alphas {
            case .list(let values)?: values.map { $0.plainText.flatMap { Double($0) } ?? 1 }
            case let value?: (value.plainText ?? "").split(separator: ",").compactMap { Double(trimmed($0)) }
            case nil: []
            }
        let loras = json.take("use_lora_model")
        let names: [String] =
            if case .list(let values)? = loras { values.compactMap(\.plainText) } else { loras?.plainText.map { [$0] } ?? [] }
        for (index, name) in names.enumerated() where !["", "none"].contains(name.lowercased()) {
            result.loras.append(.init(name: name, strength: strengths.indices.contains(index) ? strengths[index] : 1))
        }
        if let name = json.text("use_hypernetwork_model"), name.lowercased() != "none" {
            result.add("Hypernet", name)
            result.add("Hypernet strength", json.text("hypernetwork_strength"))
        }
        if let strength = json.text("prompt_strength"), json.has("init_image") { result.add("Denoising strength", strength) }
        json.drop(
            "hypernetwork_strength", "prompt_strength", "output_format", "output_quality", "num_outputs", "session_id", "used_random_seed",
            "request_id", "vram_usage_level", "show_only_filtered_image", "stream_progress_updates", "stream_image_progress", "block_nsfw",
            "metadata_output_format", "original_prompt", "active_tags", "inactive_tags", "save_to_disk_path", "output_lossless", "backend",
            "Software")
        result.settings += json.rest()
        return result
    }

    /// Mochi Diffusion's caption: `Include in Image: a cat; Exclude from Image: dog; Model: …; Steps: 20; Guidance Scale: 11; Seed: 1; …`.
    init?(mochi text: String) {
        guard text.contains("Include in Image:") || text.contains("Generator: Mochi") else { return nil }
        self.init(program: "Mochi Diffusion")
        for part in text.split(separator: ";") {
            guard let colon = part.firstIndex(of: ":") else {
                let text = Self.trimmed(part)
                if !text.isEmpty { notes.append("\"\(text.prefix(80))\" says nothing that is known, and is left out") }
                continue
            }
            let (key, value) = (Self.trimmed(part[..<colon]), Self.trimmed(part[part.index(after: colon)...]))
            switch key {
            case "Include in Image": prompt = value
            case "Exclude from Image": negativePrompt = value
            case "Scheduler": add("Sampler", value)
            default: add(key, value)
            }
        }
    }
}
