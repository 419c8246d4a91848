public import WorkflowEngine

extension GenerationParameters {
    /// A workflow that does what the settings say, as far as they can be said here, and a note for each thing that differs.
    ///
    /// The picture won't be the same to the pixel: Automatic1111 draws its noise on the graphics card and treats prompt weights
    /// in another way.
    ///
    /// - Parameter files: the models that are there; names without ending are completed from it.
    public func workflow(files: any FileCatalog) -> (document: WorkflowDocument, notes: [String]) {
        var builder = WorkflowBuilder(parameters: self, files: files)
        builder.build()
        return (builder.document, builder.notes)
    }
}

/// Puts the nodes together, in the order in which the values flow.
private struct WorkflowBuilder {
    let parameters: GenerationParameters
    let files: any FileCatalog
    var document = WorkflowDocument(form: .api)
    var notes: [String] = [
        "the workflow was built from the picture's text of settings; noise and prompt weights differ from the original program"
    ]

    private typealias Value = WorkflowDocument.Value

    mutating func build() {
        let (prompt, tags) = GenerationParameters.withoutTags(parameters.prompt)
        noteUnknownSyntax(prompt)
        node("base", "CheckpointLoaderSimple", [("ckpt_name", .string(file(parameters["Model"] ?? "", in: "checkpoints")))])
        var model = link("base", 0), clip = link("base", 1)
        for (index, tag) in tags.enumerated() {
            let name = "lora_\(index + 1)"
            node(
                name, "LoraLoader",
                [
                    ("model", model), ("clip", clip), ("lora_name", .string(file(tag.name, in: "loras"))),
                    ("strength_model", .number("\(tag.strength)")), ("strength_clip", .number("\(tag.strength)")),
                ])
            (model, clip) = (link(name, 0), link(name, 1))
        }
        if let skip = parameters["Clip skip"].flatMap({ Int($0) }), skip > 1 {
            node("clip_skip", "CLIPSetLastLayer", [("clip", clip), ("stop_at_clip_layer", .number("\(-skip)"))])
            clip = link("clip_skip", 0)
        }
        var vae = link("base", 2)
        if let name = parameters["VAE"], !["none", "automatic"].contains(name.lowercased()) {
            node("vae", "VAELoader", [("vae_name", .string(file(name, in: "vae")))])
            vae = link("vae", 0)
        }
        node("positive", "CLIPTextEncode", [("text", .string(prompt)), ("clip", clip)])
        node(
            "negative", "CLIPTextEncode",
            [("text", .string(GenerationParameters.withoutTags(parameters.negativePrompt).text)), ("clip", clip)])
        let (width, height) = size
        node(
            "canvas", "EmptyLatentImage", [("width", .number("\(width)")), ("height", .number("\(height)")), ("batch_size", .number("1"))])
        if parameters["Denoising strength"] != nil, parameters["Hires upscale"] == nil, parameters["Hires resize"] == nil {
            notes.append("the picture was made from another picture, which isn't in the file; it starts from noise here")
        }
        sample("sampled", model: model, latent: link("canvas", 0), steps: steps, denoise: 1)
        let latent = hires(model: model, vae: vae, width: width, height: height)
        node("picture", "VAEDecode", [("samples", latent), ("vae", vae)])
        node("saved", "SaveImage", [("filename_prefix", .string("darkroom")), ("images", link("picture", 0))])
    }

    private var steps: Int { parameters["Steps"].flatMap { Int($0) } ?? 20 }

    private var size: (width: Int, height: Int) {
        let parts = (parameters["Size"] ?? "").split(separator: "x").compactMap { Int($0) }
        return parts.count == 2 ? (parts[0] / 8 * 8, parts[1] / 8 * 8) : (512, 512)
    }

    private mutating func sample(_ name: String, model: WorkflowDocument.Value, latent: WorkflowDocument.Value, steps: Int, denoise: Double)
    {
        let sampling = GenerationParameters.sampling(sampler: parameters["Sampler"] ?? "Euler", schedule: parameters["Schedule type"])
        if let note = sampling.note, !notes.contains(note) { notes.append(note) }
        node(
            name, "KSampler",
            [
                ("model", model), ("seed", .number(parameters["Seed"].flatMap { UInt64($0) }.map(String.init) ?? "0")),
                ("steps", .number("\(steps)")), ("cfg", .number(parameters["CFG scale"].flatMap { Double($0) }.map { "\($0)" } ?? "7")),
                ("sampler_name", .string(sampling.sampler)), ("scheduler", .string(sampling.scheduler)), ("positive", link("positive", 0)),
                ("negative", link("negative", 0)), ("latent_image", latent), ("denoise", .number("\(denoise)")),
            ])
    }

    /// The second pass at a larger size, if there was one; gives the latent to decode.
    private mutating func hires(model: WorkflowDocument.Value, vae: WorkflowDocument.Value, width: Int, height: Int)
        -> WorkflowDocument.Value
    {
        var target: (width: Int, height: Int)?
        if let factor = parameters["Hires upscale"].flatMap({ Double($0) }), factor > 0, factor < 16 {
            target = (Int(Double(width) * factor) / 8 * 8, Int(Double(height) * factor) / 8 * 8)
        } else if let size = parameters["Hires resize"]?.split(separator: "x").compactMap({ Int($0) }), size.count == 2 {
            target = (size[0] / 8 * 8, size[1] / 8 * 8)
        }
        guard let target else { return link("sampled", 0) }
        let upscaler = parameters["Hires upscaler"] ?? "Latent"
        let extent: [(String, WorkflowDocument.Value)] = [
            ("width", .number("\(target.width)")), ("height", .number("\(target.height)")), ("crop", .string("disabled")),
        ]
        if upscaler.hasPrefix("Latent") {
            let method = upscaler.contains("bicubic") ? "bicubic" : upscaler.contains("nearest") ? "nearest-exact" : "bilinear"
            node("larger", "LatentUpscale", [("samples", link("sampled", 0)), ("upscale_method", .string(method))] + extent)
        } else {
            node("first", "VAEDecode", [("samples", link("sampled", 0)), ("vae", vae)])
            var image = link("first", 0)
            let name = file(upscaler, in: "upscale_models")
            if files.contains(name, in: "upscale_models"), !["Lanczos", "Nearest", "None"].contains(upscaler) {
                node("upscaler", "UpscaleModelLoader", [("model_name", .string(name))])
                node("upscaled", "ImageUpscaleWithModel", [("upscale_model", link("upscaler", 0)), ("image", image)])
                image = link("upscaled", 0)
            } else if upscaler != "Lanczos" {
                notes.append("there is no upscale model \"\(upscaler)\"; lanczos is used for the second pass")
            }
            node("resized", "ImageScale", [("image", image), ("upscale_method", .string("lanczos"))] + extent)
            node("larger", "VAEEncode", [("pixels", link("resized", 0)), ("vae", vae)])
        }
        let second = parameters["Hires steps"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? steps
        let denoise = parameters["Denoising strength"].flatMap { Double($0) } ?? 0.7
        sample("refined", model: model, latent: link("larger", 0), steps: second, denoise: denoise)
        return link("refined", 0)
    }

    /// The file of a name that is written without folder and ending; the name as it is when there is none.
    private func file(_ name: String, in folder: String) -> String {
        if files.contains(name, in: folder) { return name }
        let names = files.names(in: folder)
        let wanted = name.lowercased()
        return names.first { candidate in
            let base = candidate.split(separator: "/").last.map(String.init) ?? candidate
            let stem = base.lastIndex(of: ".").map { String(base[..<$0]) } ?? base
            return stem.lowercased() == wanted || base.lowercased() == wanted
        } ?? (name.isEmpty ? names.first ?? name : name)
    }

    private mutating func noteUnknownSyntax(_ prompt: String) {
        if prompt.contains("[") { notes.append("[square brackets] lower no weight here; they are part of the text") }
        for word in ["BREAK", "AND"] where prompt.split(whereSeparator: \.isWhitespace).contains(Substring(word)) {
            notes.append("\(word) has no special meaning here; it is part of the text")
        }
    }

    private mutating func node(_ name: String, _ type: String, _ inputs: [(String, WorkflowDocument.Value)]) {
        document.nodes.append(.init(name: name, type: type, inputs: inputs.map { .init(name: $0.0, value: $0.1) }))
    }

    private func link(_ node: String, _ slot: Int) -> WorkflowDocument.Value { .link(.slot(node: node, slot)) }
}
