internal import WorkflowEngine
internal import Workflows

extension SettingsWorkflow {
    /// Whether the picture was enlarged and sampled again.
    var hasSecondPass: Bool {
        ["Hires upscale", "Hires resize"].contains { parameters[$0].map { !["", "0", "0x0"].contains($0) } == true } || hasOldSecondPass
    }

    private var hasOldSecondPass: Bool { parameters["First pass size"].map { $0 != "0x0" } == true }

    /// The second pass at a larger size, if there was one; gives the latent to decode.
    ///
    /// - Parameter texts: the first pass' prompts. One that changes has come to its end here, and is encoded anew.
    mutating func secondPass(
        after first: Pass, network: Network, size: Size, prompts: Prompts, texts: (positive: String, negative: String)
    ) -> Value {
        guard hasSecondPass, let target = secondSize(size) else { return link("sampled", 0) }
        let larger = enlarged(to: target, network: network)
        var pass = first
        if let text = settings.take("Hires steps"), let steps = Int(text), steps > 0 { pass.steps = steps }
        if let text = settings.take("Hires CFG Scale", "Hires CFG"), let cfg = Double(text), cfg > 0, cfg <= 100 { pass.cfg = cfg }
        let (sampler, schedule) = (settings.take("Hires sampler"), settings.take("Hires schedule type", "Hires scheduler"))
        if sampler != nil || schedule != nil {
            let meaning = SamplerNames.meaning(
                sampler: sampler ?? parameters["Sampler"] ?? "euler", schedule: schedule ?? parameters["Schedule type"])
            for text in meaning.notes { note(.settingLeftOut, "in the second pass, \(text)") }
            (pass.sampler, pass.scheduler) = (meaning.sampler, meaning.scheduler)
        }
        let run = Run(steps: pass.steps, sampler: pass.sampler, scheduler: pass.scheduler, isSecondPass: true)
        let (ownPositive, ownNegative) = (settings.take("Hires prompt") ?? "", settings.take("Hires negative prompt") ?? "")
        if !ownPositive.isEmpty || changes(texts.positive, by: prompts) {
            let tags = PromptTags(ownPositive.isEmpty ? texts.positive : ownPositive)
            for lora in tags.loras { note(.settingLeftOut, "<lora:\(lora.name)> of Hires prompt isn't taken over") }
            pass.positive = encode(tags.text, as: "second_positive", by: prompts, clip: network.clip, in: run).link
        }
        if !ownNegative.isEmpty || changes(texts.negative, by: prompts) {
            let text = PromptTags(ownNegative.isEmpty ? texts.negative : ownNegative).text
            pass.negative = encodeNegative(text, as: "second_negative", by: prompts, clip: network.clip, in: run)
        }
        let denoise: Double
        if let text = settings.take("Denoising strength"), let strength = Double(text), (0...1).contains(strength) {
            denoise = strength
        } else {
            denoise = 0.7
            note(.settingAssumed, "the text doesn't say the denoising strength of the second pass; 0.7 is taken")
        }
        sample("refined", pass, network: mergingTokens(network, key: "Token merging ratio hr"), latent: larger, denoise: denoise)
        return link("refined", 0)
    }

    private func changes(_ prompt: String, by prompts: Prompts) -> Bool {
        prompts.syntax.dialect.hasSchedules && prompt.contains("[")
            && PromptSyntax.joined(prompt).contains { PromptSchedule($0.text, steps: firstRun.steps).phases.count > 1 }
    }

    private mutating func secondSize(_ first: Size) -> Size? {
        if let text = settings.take("Hires upscale"), let factor = Double(text), factor > 0, factor < 16 {
            settings.drop(["Hires resize"])
            return Size(width: Int(Double(first.width) * factor) / 8 * 8, height: Int(Double(first.height) * factor) / 8 * 8)
        }
        if let text = settings.take("Hires resize"), let size = size(text, key: "Hires resize") { return size }
        if hasOldSecondPass, let text = settings.take("Size") { return size(text, key: "Size") }
        note(.settingLeftOut, "Hires: the size of the second pass can't be read; there is none")
        return nil
    }

    private mutating func enlarged(to target: Size, network: Network) -> Value {
        let upscaler = settings.take("Hires upscaler") ?? "Latent"
        let extent: [(String, Value)] = [
            ("width", .number("\(target.width)")), ("height", .number("\(target.height)")), ("crop", .string("disabled")),
        ]
        if upscaler.lowercased().hasPrefix("latent") {
            let method = upscaler.contains("bicubic") ? "bicubic" : upscaler.contains("nearest") ? "nearest-exact" : "bilinear"
            node("larger", "LatentUpscale", [("samples", link("sampled", 0)), ("upscale_method", .string(method))] + extent)
            return link("larger", 0)
        }
        node("first", "VAEDecode", [("samples", link("sampled", 0)), ("vae", network.vae)])
        var image = link("first", 0)
        var method = "lanczos"
        if upscaler.lowercased() == "nearest" {
            method = "nearest-exact"
        } else if let name = upscaleModel(upscaler) {
            node("upscaler", "UpscaleModelLoader", [("model_name", .string(name))])
            node("upscaled", "ImageUpscaleWithModel", [("upscale_model", link("upscaler", 0)), ("image", image)])
            image = link("upscaled", 0)
        } else if !["lanczos", "none"].contains(upscaler.lowercased()) {
            note(.settingLeftOut, "there is no upscale model \"\(upscaler)\" (Hires upscaler); lanczos is used for the second pass")
        }
        node("resized", "ImageScale", [("image", image), ("upscale_method", .string(method))] + extent)
        node("larger", "VAEEncode", [("pixels", link("resized", 0)), ("vae", network.vae)])
        return link("larger", 0)
    }

    /// Names in Automatic1111's menu whose files are called otherwise.
    private static let menuNames = [
        "R-ESRGAN 4x+": "RealESRGAN_x4plus", "R-ESRGAN 4x+ Anime6B": "RealESRGAN_x4plus_anime_6B", "R-ESRGAN 2x+": "RealESRGAN_x2plus",
        "R-ESRGAN General 4xV3": "realesr-general-x4v3", "R-ESRGAN AnimeVideo": "realesr-animevideov3", "ESRGAN_4x": "ESRGAN_x4",
    ]

    private func upscaleModel(_ upscaler: String) -> String? {
        [upscaler, Self.menuNames[upscaler]].lazy.compactMap { $0.flatMap { self.knownFile($0, in: "upscale_models") } }.first
    }

    /// The model with tokens merged, where a setting asks for it.
    mutating func mergingTokens(_ network: Network, key: String) -> Network {
        // The second pass has its own ratio, or the first one's.
        let text = settings.take(key) ?? parameters["Token merging ratio"]
        guard let text, let ratio = Double(text), ratio > 0, ratio <= 1 else { return network }
        var network = network
        let name = key.hasSuffix("hr") ? "merged_tokens_2" : "merged_tokens"
        node(name, "TomePatchModel", [("model", network.model), ("ratio", .number("\(ratio)"))])
        network.model = link(name, 0)
        return network
    }
}
