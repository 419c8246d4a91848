internal import Prompts
public import Workflows

extension GenerationParameters {
    /// A workflow that does what the settings say, as far as they can be said here, and a warning for everything that differs: what isn't
    /// taken over with its value, what had to be assumed.
    ///
    /// The picture won't be the same to the pixel: Automatic1111 draws its noise on the graphics card and treats prompt weights
    /// in another way.
    ///
    /// - Parameter files: the models that are there; names without ending are completed from it.
    public func workflow(files: any FileCatalog) -> (document: WorkflowDocument, diagnostics: [Diagnostic]) {
        var builder = SettingsWorkflow(parameters: self, files: files)
        builder.build()
        return (builder.document, builder.diagnostics)
    }
}

/// Puts the nodes together, in the order in which the values flow.
struct SettingsWorkflow {
    typealias Value = WorkflowDocument.Value

    let parameters: GenerationParameters
    let files: any FileCatalog
    var settings: SettingsReader
    var document = WorkflowDocument(form: .api)
    private(set) var diagnostics: [Diagnostic] = []

    init(parameters: GenerationParameters, files: any FileCatalog) {
        self.parameters = parameters
        self.files = files
        settings = SettingsReader(parameters.settings)
    }

    mutating func build() {
        note(
            .builtFromSettings,
            "the workflow was built from settings of \(parameters.program); noise and prompt weights differ from the original program"
        )
        for text in parameters.notes { note(.settingLeftOut, text) }
        let steps = wholeNumber("Steps", least: 1, most: 10_000, otherwise: 20)
        let tags = PromptTags(parameters.prompt)
        for text in tags.notes { note(.settingLeftOut, text) }
        var network = checkpoint()
        apply(tags.loras + parameters.loras, hypernetworks: tags.hypernetworks, to: &network)
        noteUnusedHashes()
        clipSkip(&network)
        vae(&network)
        let prompts = Prompts(
            syntax: PromptSyntax(dialect: parameters.program == "NovelAI" ? .novelAI : .automatic1111),
            embeddings: files.names(in: "embeddings"))
        let positive = encode(tags.text, as: "positive", by: prompts, clip: network.clip, in: firstRun)
        let negativeTags = PromptTags(parameters.negativePrompt)
        for lora in negativeTags.loras {
            note(.settingLeftOut, "<lora:\(lora.name)> in the negative prompt does nothing, as in \(parameters.program); it is taken out")
        }
        let negative = encodeNegative(negativeTags.text, as: "negative", by: prompts, clip: network.clip, in: firstRun)
        let size = firstSize()
        node(
            "canvas", "EmptyLatentImage",
            [("width", .number("\(size.width)")), ("height", .number("\(size.height)")), ("batch_size", .number("1"))])
        if settings.has("Denoising strength"), !hasSecondPass {
            note(
                .settingLeftOut,
                "the picture was made from another picture, which isn't in the file; it starts from noise here (Denoising strength: \(settings.take("Denoising strength") ?? ""))"
            )
        }
        let pass = firstPass(steps: steps, positive: positive, negative: negative)
        sample("sampled", pass, network: mergingTokens(network, key: "Token merging ratio"), latent: link("canvas", 0), denoise: nil)
        let latent = secondPass(after: pass, network: network, size: size, prompts: prompts, texts: (tags.text, negativeTags.text))
        node("picture", "VAEDecode", [("samples", latent), ("vae", network.vae)])
        node("saved", "SaveImage", [("filename_prefix", .string("darkroom")), ("images", link("picture", 0))])
        noteWhatIsLeft()
    }

    // MARK: Parts

    /// What the loaders give.
    struct Network {
        var model: Value
        var clip: Value
        var vae: Value
    }

    /// How a sampler is run.
    struct Pass {
        var seed: String
        var steps: Int
        var cfg: Double
        var sampler: String
        var scheduler: String
        var positive: Value
        var negative: Value
    }

    private mutating func firstPass(steps: Int, positive: (link: Value, weight: Double), negative: Value) -> Pass {
        let seed = seed()
        let cfg = decimal("CFG scale", "Guidance Scale", least: 0, most: 100, otherwise: 7)
        let sampler = settings.take("Sampler")
        if sampler == nil { assumed("sampler", "euler") }
        let meaning = SamplerNames.meaning(sampler: sampler ?? "euler", schedule: settings.take("Schedule type", "Scheduler"))
        for text in meaning.notes { note(.settingLeftOut, text) }
        return Pass(
            // With several prompts the mean of their predictions is what ComfyUI makes of them, their sum what Automatic1111 does.
            seed: seed, steps: steps, cfg: min(cfg * positive.weight, 100), sampler: meaning.sampler, scheduler: meaning.scheduler,
            positive: positive.link, negative: negative)
    }

    mutating func sample(_ name: String, _ pass: Pass, network: Network, latent: Value, denoise: Double?) {
        var refinerStep: Int?
        if denoise == nil, let share = refinerSwitch() { refinerStep = max(1, min(pass.steps - 1, Int(Double(pass.steps) * share))) }
        guard let refinerStep, pass.steps > 1, let refiner = refiner() else {
            node(
                name, "KSampler",
                [("model", network.model), ("seed", .number(pass.seed))] + common(pass)
                    + [("latent_image", latent), ("denoise", .number("\(denoise ?? 1)"))])
            return
        }
        func part(_ model: Value, _ pass: Pass, latent: Value, from: Int, to: Int, isFirst: Bool) -> [(String, Value)] {
            [("model", model), ("add_noise", .string(isFirst ? "enable" : "disable")), ("noise_seed", .number(pass.seed))] + common(pass)
                + [
                    ("latent_image", latent), ("start_at_step", .number("\(from)")), ("end_at_step", .number("\(to)")),
                    ("return_with_leftover_noise", .string(isFirst ? "enable" : "disable")),
                ]
        }
        node("base_steps", "KSamplerAdvanced", part(network.model, pass, latent: latent, from: 0, to: refinerStep, isFirst: true))
        var second = pass
        second.positive = encoded(again: pass.positive, as: "refiner_positive", clip: refiner.clip)
        second.negative = encoded(again: pass.negative, as: "refiner_negative", clip: refiner.clip)
        node(
            name, "KSamplerAdvanced",
            part(refiner.model, second, latent: link("base_steps", 0), from: refinerStep, to: 10_000, isFirst: false))
    }

    private func common(_ pass: Pass) -> [(String, Value)] {
        [
            ("steps", .number("\(pass.steps)")), ("cfg", .number("\(pass.cfg)")), ("sampler_name", .string(pass.sampler)),
            ("scheduler", .string(pass.scheduler)), ("positive", pass.positive), ("negative", pass.negative),
        ]
    }

    // MARK: Values

    private mutating func seed() -> String {
        guard let text = settings.take("Seed") else {
            assumed("seed", "0")
            return "0"
        }
        if let seed = UInt64(text) { return "\(seed)" }
        if let number = Double(text), number >= 0, number < 0x1p64 { return "\(UInt64(number))" }
        note(
            .settingAssumed,
            text.hasPrefix("-")
                ? "Seed: \(text) asks for another seed every time; 0 is taken, so that the result can be had again"
                : "Seed: \(text) is no seed; 0 is taken")
        return "0"
    }

    mutating func wholeNumber(_ key: String, least: Int, most: Int, otherwise: Int) -> Int {
        guard let text = settings.take(key) else {
            assumed(key.lowercased(), "\(otherwise)")
            return otherwise
        }
        if let number = Double(text), number.isFinite, abs(number) < 1e9, (least...most).contains(Int(number)) { return Int(number) }
        note(.settingAssumed, "\(key): \(text) can't be used; \(otherwise) is taken")
        return otherwise
    }

    mutating func decimal(_ key: String, _ other: String, least: Double, most: Double, otherwise: Double) -> Double {
        guard let text = settings.take(key, other) else {
            assumed(key, "\(otherwise)")
            return otherwise
        }
        if let number = Double(text), number.isFinite, (least...most).contains(number) { return number }
        note(.settingAssumed, "\(key): \(text) can't be used; \(otherwise) is taken")
        return otherwise
    }

    struct Size: Equatable {
        var width: Int
        var height: Int
    }

    /// `512x768`, with any sign between the numbers. Latents have sides of eighths.
    mutating func size(_ text: String, key: String) -> Size? {
        let numbers = text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count == 2, numbers.allSatisfy({ $0 >= 8 && $0 <= 16_384 }) else { return nil }
        let size = Size(width: numbers[0] / 8 * 8, height: numbers[1] / 8 * 8)
        if size != Size(width: numbers[0], height: numbers[1]) {
            note(.settingAssumed, "\(key): \(text) isn't of whole eighths; \(size.width)x\(size.height) is taken")
        }
        return size
    }

    private mutating func firstSize() -> Size {
        // Before Hires upscale there was, Size was that of the result.
        if let text = parameters["First pass size"], let first = size(text, key: "First pass size") {
            settings.drop(["First pass size"])
            return first
        }
        settings.drop(["First pass size"])
        guard let text = settings.take("Size") else {
            assumed("size", "512x512")
            return Size(width: 512, height: 512)
        }
        if let size = size(text, key: "Size") { return size }
        note(.settingAssumed, "Size: \(text) can't be used; 512x512 is taken")
        return Size(width: 512, height: 512)
    }

    private func refinerSwitch() -> Double? {
        guard parameters["Refiner"].map({ !["", "none"].contains($0.lowercased()) }) == true else { return nil }
        let share = parameters["Refiner switch at"].flatMap { Double($0) } ?? 0.8
        return (0...1).contains(share) ? share : 0.8
    }

    // MARK: Notes and nodes

    mutating func note(_ code: DiagnosticCode, _ text: String) {
        let diagnostic = Diagnostic(.warning, code, text)
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }

    private mutating func assumed(_ what: String, _ value: String) {
        note(.settingAssumed, "the text doesn't say the \(what); \(value) is taken")
    }

    /// Names every setting that nothing here took; those of one extension in one breath.
    private mutating func noteWhatIsLeft() {
        settings.drop(GenerationParameters.harmless)
        if parameters["Variation seed strength"].flatMap({ Double($0) }) == 0 { settings.drop(["Variation seed"]) }
        var groups: [(name: String, settings: [GenerationParameters.Setting])] = []
        for setting in settings.unused where !GenerationParameters.changesNothing(setting) {
            let name = setting.key.hasPrefix("ADetailer") ? "ADetailer" : setting.key
            if let index = groups.firstIndex(where: { $0.name == name }) {
                groups[index].settings.append(setting)
            } else {
                groups.append((name, [setting]))
            }
        }
        for group in groups {
            let values = group.settings.map {
                "\($0.key): \($0.value.split(whereSeparator: \.isNewline).joined(separator: " ").prefix(160))"
            }
            note(
                .settingLeftOut,
                values.joined(separator: ", ") + " isn't taken over"
                    + (GenerationParameters.reason(for: group.name).map { " (\($0))" } ?? ""))
        }
    }

    mutating func node(_ name: String, _ type: String, _ inputs: [(String, Value)]) {
        document.nodes.append(.init(name: name, type: type, inputs: inputs.map { .init(name: $0.0, value: $0.1) }))
    }

    func link(_ node: String, _ slot: Int) -> Value { .link(.slot(node: node, slot)) }
}
