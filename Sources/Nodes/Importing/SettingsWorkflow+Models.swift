internal import WorkflowEngine
internal import Workflows

extension SettingsWorkflow {
    // MARK: Checkpoint

    mutating func checkpoint() -> Network {
        node("base", "CheckpointLoaderSimple", [("ckpt_name", .string(checkpointFile()))])
        return Network(model: link("base", 0), clip: link("base", 1), vae: link("base", 2))
    }

    /// By its name, else by its hash; a name that is nowhere stays, so that it is missed, and without either the first one is taken.
    private mutating func checkpointFile() -> String {
        let hashes = namedHashes()
        let resource = namedCheckpoint()
        let title = settings.take("Model title") ?? resource.title
        let hash = settings.take("Model hash") ?? hashes["model"] ?? resource.hash
        let name = settings.take("Model").map(Self.withoutHash)
        if let name, !name.isEmpty, let file = knownFile(name, in: "checkpoints") { return file }
        if let hash, let file = file(ofHash: hash, in: "checkpoints") {
            note(.settingAssumed, "\(file) is taken as the checkpoint: it has the hash \(hash)" + (name.map { " of Model: \($0)" } ?? ""))
            return file
        }
        if let name, !name.isEmpty { return name }
        let first = files.names(in: "checkpoints").first
        let reason =
            if let title { "names the checkpoint \"\(title)\", which can't be found by that" } else if let hash {
                "names no checkpoint but its hash \(hash), which no file here has"
            } else { "names no checkpoint" }
        if let first {
            note(.settingAssumed, "the text \(reason); \(first) is taken as the model")
        } else {
            note(.settingLeftOut, "the text \(reason), and there is no checkpoint here")
        }
        return first ?? title ?? hash ?? "model.safetensors"
    }

    /// The checkpoint among Civitai's resources, by its title there.
    private func namedCheckpoint() -> (title: String?, hash: String?) {
        guard case .list(let resources)? = parameters["Civitai resources"].flatMap(JSONSettings.value) else { return (nil, nil) }
        for resource in resources {
            guard var resource = JSONSettings(resource), ["checkpoint", "model"].contains(resource.text("type")?.lowercased()) else {
                continue
            }
            let version = resource.text("modelVersionName").map { " (\($0))" } ?? ""
            return (resource.text("modelName", "name", "air").map { $0 + version }, resource.text("hash"))
        }
        return (nil, nil)
    }

    /// The second model of a picture, if its file is here.
    mutating func refiner() -> Network? {
        guard let name = settings.take("Refiner").map(Self.withoutHash) else { return nil }
        guard let file = knownFile(name, in: "checkpoints") else {
            note(.settingLeftOut, "Refiner: \(name) isn't taken over (there is no such checkpoint)")
            settings.drop(["Refiner switch at"])
            return nil
        }
        settings.drop(["Refiner switch at"])
        node("refiner", "CheckpointLoaderSimple", [("ckpt_name", .string(file))])
        return Network(model: link("refiner", 0), clip: link("refiner", 1), vae: link("refiner", 2))
    }

    mutating func clipSkip(_ network: inout Network) {
        guard let text = settings.take("Clip skip") else { return }
        guard let skip = Double(text), skip == skip.rounded(), (1...24).contains(skip) else {
            if !["", "0"].contains(text) { note(.settingLeftOut, "Clip skip: \(text) can't be used") }
            return
        }
        guard skip > 1 else { return }
        node("clip_skip", "CLIPSetLastLayer", [("clip", network.clip), ("stop_at_clip_layer", .number("-\(Int(skip))"))])
        network.clip = link("clip_skip", 0)
    }

    mutating func vae(_ network: inout Network) {
        guard let name = settings.take("VAE").map(Self.withoutHash) else { return }
        guard !["", "none", "automatic", "default", "default (model)"].contains(name.lowercased()) else { return }
        node("vae", "VAELoader", [("vae_name", .string(knownFile(name, in: "vae") ?? name))])
        network.vae = link("vae", 0)
    }

    // MARK: LoRAs

    mutating func apply(_ loras: [GenerationParameters.LoRA], hypernetworks: [GenerationParameters.LoRA], to network: inout Network) {
        var count = 0
        for lora in loras + additionalNetworks() + weightedLoras(beside: loras) + resources() {
            guard let file = loraFile(lora) else { continue }
            count += 1
            let name = "lora_\(count)"
            node(
                name, "LoraLoader",
                [
                    ("model", network.model), ("clip", network.clip), ("lora_name", .string(file)),
                    ("strength_model", .number("\(lora.strength)")), ("strength_clip", .number("\(lora.clipStrength ?? lora.strength)")),
                ])
            (network.model, network.clip) = (link(name, 0), link(name, 1))
        }
        var others = hypernetworks
        if let name = settings.take("Hypernet").map(Self.withoutHash), !["", "none"].contains(name.lowercased()) {
            let strength = settings.take("Hypernet strength").flatMap { Double($0) } ?? 1
            others.append(.init(name: name, strength: strength))
            settings.drop(["Hypernet hash"])
        }
        for (index, hypernetwork) in others.enumerated() {
            let name = "hypernetwork_\(index + 1)"
            node(
                name, "HypernetworkLoader",
                [
                    ("model", network.model),
                    ("hypernetwork_name", .string(knownFile(hypernetwork.name, in: "hypernetworks") ?? hypernetwork.name)),
                    ("strength", .number("\(hypernetwork.strength)")),
                ])
            network.model = link(name, 0)
        }
    }

    private mutating func loraFile(_ lora: GenerationParameters.LoRA) -> String? {
        if !lora.isTitle {
            if let file = knownFile(lora.name, in: "loras") { return file }
            if let file = (files as? any ModelIdentities)?.file(titled: lora.name, in: "loras") { return file }
        }
        let named = namedHashes()
        if let hash = lora.hash ?? named["lora:" + lora.name.lowercased()], let file = file(ofHash: hash, in: "loras") {
            note(.settingAssumed, "\(file) is taken as the LoRA \"\(lora.name)\": it has the hash \(hash)")
            return file
        }
        guard lora.isTitle else { return lora.name }
        note(
            .settingLeftOut, "the LoRA \"\(lora.name)\" (\(lora.strength)) is left out: it is no file's name, and no file here has its hash"
        )
        return nil
    }

    /// The extension Additional Networks: `AddNet Model 1: name(hash), AddNet Weight A 1: 0.8` (model), `… B 1` (text encoder).
    private mutating func additionalNetworks() -> [GenerationParameters.LoRA] {
        let all = settings.takeAll(prefix: "AddNet ")
        func value(_ key: String) -> String? { all.first { $0.key.lowercased() == key.lowercased() }?.value }
        guard value("AddNet Enabled")?.lowercased() != "false" else { return [] }
        return (1...16).compactMap { index in
            guard let name = value("AddNet Model \(index)"), !name.isEmpty, name != "None" else { return nil }
            let plain = name.prefix { $0 != "(" }
            let hash = name.dropFirst(plain.count + 1).prefix { $0 != ")" }
            let both = value("AddNet Weight \(index)").flatMap { Double($0) }
            return .init(
                name: GenerationParameters.trimmed(plain), strength: value("AddNet Weight A \(index)").flatMap { Double($0) } ?? both ?? 1,
                clipStrength: value("AddNet Weight B \(index)").flatMap { Double($0) } ?? both, hash: hash.isEmpty ? nil : String(hash))
        }
    }

    /// Fooocus' `Lora weights: "name: 0.5"`, whose hashes stand beside.
    private mutating func weightedLoras(beside known: [GenerationParameters.LoRA]) -> [GenerationParameters.LoRA] {
        guard let text = settings.take("Lora weights") else { return [] }
        let names = Set(known.map { $0.name.lowercased() })
        var loras: [GenerationParameters.LoRA] = []
        for (name, value) in Self.pairs(text) where !names.contains(name.lowercased()) {
            guard let strength = Double(value) else {
                note(.settingLeftOut, "the LoRA \"\(name)\" (Lora weights: \(value)) is left out: its strength is no number")
                continue
            }
            loras.append(.init(name: name, strength: strength))
        }
        return loras
    }

    /// `Civitai resources: [{"type": "lora", "weight": 0.8, "modelName": "…"}]`: titles of a site, perhaps with a hash.
    private mutating func resources() -> [GenerationParameters.LoRA] {
        guard let text = settings.take("Civitai resources") else { return [] }
        guard case .list(let resources)? = JSONSettings.value(text) else {
            note(.settingLeftOut, "Civitai resources: \(text.prefix(160)) can't be read")
            return []
        }
        var loras: [GenerationParameters.LoRA] = []
        for resource in resources {
            guard let members = JSONSettings(resource) else {
                note(.settingLeftOut, "\(resource.jsonText.prefix(80)) of Civitai resources can't be read")
                continue
            }
            var resource = members
            let kind = resource.text("type")?.lowercased() ?? "resource"
            let name = resource.text("modelName", "name") ?? resource.text("air") ?? "version \(resource.text("modelVersionId") ?? "?")"
            let version = resource.text("modelVersionName").map { " (\($0))" } ?? ""
            switch kind {
            case "checkpoint", "model": break
            case "lora", "lycoris", "locon", "dora":
                loras.append(
                    .init(
                        name: name, strength: resource.text("weight").flatMap { Double($0) } ?? 1, hash: resource.text("hash"),
                        isTitle: true))
            default: note(.settingLeftOut, "the \(kind) \"\(name)\"\(version) of Civitai resources is left out")
            }
        }
        return loras
    }

    /// Hashes that stand for something which isn't in the prompt: a LoRA without strength, an embedding without file.
    mutating func noteUnusedHashes() {
        let used = Set((PromptTags(parameters.prompt).loras + parameters.loras).map { Self.stem($0.name) })
        let weights = Set(parameters["Lora weights"].map { Self.pairs($0).map { Self.stem($0.0) } } ?? [])
        let embeddings = Set(files.names(in: "embeddings").map(Self.stem))
        for (key, hash) in namedHashes().sorted(by: { $0.key < $1.key }) {
            let name = String(key.drop { $0 != ":" }.dropFirst())
            let stem = Self.stem(name)
            if key.hasPrefix("lora:"), !used.contains(stem), !weights.contains(stem), parameters["AddNet Model 1"] == nil {
                note(.settingLeftOut, "the LoRA \"\(name)\" (Lora hashes: \(hash)) is left out: the text doesn't say its strength")
            }
            if key.hasPrefix("embed:"), !embeddings.contains(stem) {
                let file = file(ofHash: hash, in: "embeddings")
                note(
                    .settingLeftOut,
                    "the embedding \"\(name)\" (TI hashes: \(hash)) isn't here under that name; its name is part of the text"
                        + (file.map { ". \($0) has its hash" } ?? ""))
            }
        }
    }

    /// All hashes that are given with a name: `model`, `lora:ink`, `embed:x`, small letters.
    private func namedHashes() -> [String: String] {
        var result: [String: String] = [:]
        if case .map(let members)? = parameters["Hashes"].flatMap(JSONSettings.value) {
            for member in members { result[member.key.lowercased()] = member.value.plainText }
        }
        for (name, hash) in Self.pairs(parameters["Lora hashes"] ?? "") { result["lora:" + name.lowercased()] = hash }
        for (name, hash) in Self.pairs(parameters["TI hashes"] ?? "") { result["embed:" + name.lowercased()] = hash }
        return result
    }

    // MARK: Files

    /// `name: value, name: value`.
    private static func pairs(_ text: String) -> [(String, String)] {
        text.split(separator: ",").compactMap { part in
            guard let colon = part.lastIndex(of: ":") else { return nil }
            return (GenerationParameters.trimmed(part[..<colon]), GenerationParameters.trimmed(part[part.index(after: colon)...]))
        }
    }

    /// `name [hash]` as names of models were written once.
    static func withoutHash(_ name: String) -> String {
        guard name.hasSuffix("]"), let open = name.lastIndex(of: "[") else { return GenerationParameters.trimmed(name) }
        return GenerationParameters.trimmed(name[..<open])
    }

    /// A name without folder and ending, in small letters.
    static func stem(_ name: String) -> String {
        let base = name.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? name
        let endings = [".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf", ".sft"]
        let lowered = base.lowercased()
        return endings.first { lowered.hasSuffix($0) }.map { String(lowered.dropLast($0.count)) } ?? lowered
    }

    /// The file of a name that is written without folder and ending, or with others; `nil` when there is none.
    func knownFile(_ name: String, in folder: String) -> String? {
        guard !name.isEmpty else { return nil }
        if files.contains(name, in: folder) { return name }
        let wanted = Self.stem(name)
        return files.names(in: folder).first { Self.stem($0) == wanted }
    }

    private mutating func file(ofHash hash: String, in folder: String) -> String? {
        guard let identities = files as? any ModelIdentities else { return nil }
        do { return try identities.file(ofHash: hash.hasPrefix("0x") ? String(hash.dropFirst(2)) : hash, in: folder) } catch {
            note(
                .settingLeftOut, "no file was looked for by the hash \(hash): the files of \(folder) are too many to read, or can't be read"
            )
            return nil
        }
    }
}
