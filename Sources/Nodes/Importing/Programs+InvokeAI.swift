internal import Pictures
internal import WorkflowEngine
internal import Workflows

extension GenerationParameters {
    /// InvokeAI: `invokeai_metadata` since version 3, `sd-metadata` before.
    static func invokeAI(_ json: JSONSettings, _ key: String, _ software: String) -> GenerationParameters? {
        if json.has("image"), json.has("app_id") || json.has("app_version") || key == "sd-metadata" { return oldInvokeAI(json) }
        guard key == "invokeai_metadata" || (json.has("positive_prompt") && json.has("cfg_scale")) else { return nil }
        var json = json
        guard json.has("positive_prompt") || json.has("seed") else { return nil }
        var result = GenerationParameters(program: "InvokeAI")
        result.prompt = json.text("positive_prompt") ?? ""
        result.negativePrompt = json.text("negative_prompt") ?? ""
        result.add("Steps", json.text("steps"))
        result.add("Sampler", json.text("scheduler"))
        result.add("CFG scale", json.text("cfg_scale"))
        result.add("Seed", json.text("seed"))
        result.addSize(json.text("width"), json.text("height"))
        let model = modelName(json.take("model"))
        result.add("Model", model.name)
        result.add("Model hash", model.hash)
        result.add("VAE", modelName(json.take("vae")).name)
        // Counted from the last layer there.
        if let skipped = json.text("clip_skip", "clip_skipped_layers").flatMap({ Int($0) }), skipped > 0 {
            result.add("Clip skip", "\(skipped + 1)")
        }
        for lora in json.list("loras") {
            guard let members = JSONSettings(lora) else {
                result.noteUnread("LoRA", lora)
                continue
            }
            var lora = members
            let model = modelName(lora.take("model", "lora"))
            let weight = lora.text("weight").flatMap { Double($0) } ?? 1
            result.loras.append(
                .init(name: model.name ?? "LoRA without a name", strength: weight, hash: model.hash, isTitle: model.name == nil))
        }
        for style in ["positive_style_prompt", "negative_style_prompt"] {
            if let text = json.text(style), !text.isEmpty, text != result.prompt, text != result.negativePrompt {
                result.notes.append("\(style) \"\(text.prefix(80))\" isn't taken over: both text encoders get the prompt")
            }
        }
        if let device = json.text("rand_device"), device != "cpu" { result.add("RNG", device) }
        let mode = json.text("generation_mode") ?? ""
        if mode.contains("img2img") || mode.contains("inpaint") || mode.contains("outpaint") {
            result.notes.append(
                "generation_mode \(mode): the picture was made from another picture, which isn't in the file; it starts from noise here")
        }
        json.drop("app_version", "canvas_v2_metadata", "_canvas_objects", "board", "rand_device")
        result.settings += json.rest()
        result.noteCompel()
        return result
    }

    /// `{"image": {"prompt": [{"prompt": "a cat [blurry]", "weight": 1}], "sampler": "k_lms", …}, "model_weights": …}`.
    private static func oldInvokeAI(_ json: JSONSettings) -> GenerationParameters? {
        var json = json
        guard var image = json.map("image") else { return nil }
        var result = GenerationParameters(program: "InvokeAI")
        switch image.take("prompt") {
        case .string(let text)?: result.prompt = text
        case .list(let parts)?:
            var texts: [String] = []
            for part in parts {
                guard var members = JSONSettings(part), let text = members.text("prompt") else {
                    result.noteUnread("part of the prompt", part)
                    continue
                }
                if let weight = members.text("weight"), Double(weight) != 1 {
                    result.notes.append("the weight \(weight) of \"\(text.prefix(80))\" isn't taken over")
                }
                texts.append(text)
            }
            result.prompt = texts.joined(separator: " ")
        case let other?: result.noteUnread("prompt", other)
        case nil: break
        }
        result.splitInvokeNegative()
        result.add("Steps", image.text("steps"))
        result.add("Sampler", image.text("sampler"))
        result.add("CFG scale", image.text("cfg_scale"))
        result.add("Seed", image.text("seed"))
        result.addSize(image.text("width"), image.text("height"))
        result.add("Model", json.text("model_weights"))
        result.add("Model hash", json.text("model_hash"))
        if let kind = image.text("type"), kind != "txt2img" {
            result.notes.append(
                "type \(kind): the picture was made from another picture, which isn't in the file; it starts from noise here")
        }
        image.drop("orig_hash")
        json.drop("app_id", "app_version", "model", "model_id", "model_family")
        result.settings += image.rest() + json.rest()
        result.noteCompel()
        return result
    }

    /// The command line of the first versions: `"a cat [blurry]" -s 50 -S 123 -W 512 -H 512 -C 7.5 -A k_lms`.
    static func dream(_ metadata: PictureMetadata) -> GenerationParameters? {
        guard let text = metadata["Dream"] else { return nil }
        var result = GenerationParameters(program: "InvokeAI")
        var options = Substring(text)
        if text.hasPrefix("\"") {
            let inner = text.dropFirst()
            guard let end = inner.firstIndex(of: "\"") else { return nil }
            result.prompt = String(inner[..<end])
            options = inner[inner.index(after: end)...]
        } else if let dash = text.firstRange(of: " -") {
            result.prompt = trimmed(text[..<dash.lowerBound])
            options = text[dash.lowerBound...]
        }
        let keys: [Character: String] = ["s": "Steps", "S": "Seed", "C": "CFG scale", "A": "Sampler"]
        var (width, height): (String?, String?)
        var words = options.split(separator: " ").map(String.init)[...]
        while let word = words.popFirst() {
            guard word.hasPrefix("-"), let letter = word.dropFirst().first else {
                result.notes.append("\"\(word.prefix(40))\" behind the prompt is no option that is known, and left out")
                continue
            }
            var value = word.hasPrefix("--") ? "" : String(word.dropFirst(2))
            if value.isEmpty, let next = words.first, !next.hasPrefix("-") || Double(next) != nil { value = words.popFirst() ?? "" }
            if !word.hasPrefix("--"), letter == "W" {
                width = value
            } else if !word.hasPrefix("--"), letter == "H" {
                height = value
            } else if !word.hasPrefix("--"), let key = keys[letter] {
                result.add(key, value)
            } else {
                result.add(word.hasPrefix("--") ? word : String(word.prefix(2)), value.isEmpty ? "true" : value)
            }
        }
        result.addSize(width, height)
        result.splitInvokeNegative()
        result.noteCompel()
        return result
    }

    private static func modelName(_ value: JSONSettings.Value?) -> (name: String?, hash: String?) {
        if let text = value?.plainText { return (text, nil) }
        guard var model = JSONSettings(value) else { return (nil, nil) }
        let hash = model.text("hash").flatMap { hash in
            let parts = hash.split(separator: ":")
            return parts.count == 1 ? hash : parts[0] == "sha256" ? String(parts[1]) : nil
        }
        return (model.text("name", "model_name"), hash)
    }

    /// What stands in square brackets was the negative prompt there.
    private mutating func splitInvokeNegative() {
        var negative: [String] = []
        for found in prompt.matches(of: /\[([^\[\]]*)\]/).reversed() {
            negative.insert(String(found.1), at: 0)
            prompt.removeSubrange(found.range)
        }
        prompt = Self.trimmed(prompt)
        negativePrompt = negative.joined(separator: ", ")
    }

    /// Weights are written behind words there: `word++`, `(some words)1.2`, `("a", "b").blend(1, 1)`.
    private mutating func noteCompel() {
        for text in [prompt, negativePrompt] {
            if let found = text.firstMatch(of: /\S*(\+\+|--|[\w)][+-](?=[\s,)]|$)|\)[0-9]+\.?[0-9]*|\)\.(blend|and|swap)\()/) {
                notes.append("\"\(found.0)\" is InvokeAI's way to weigh words, which isn't done; it is part of the text")
            }
        }
    }
}
