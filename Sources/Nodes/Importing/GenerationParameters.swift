/// What Automatic1111, Forge and Civitai write beside a picture: prompt, negative prompt and a line of settings, as text.
///
/// ```
/// a lighthouse at dusk <lora:ink:0.8>
/// Negative prompt: blurry
/// Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 1, Size: 512x768, Model: v1-5-pruned, Clip skip: 2
/// ```
public struct GenerationParameters: Sendable, Equatable {
    public var prompt: String
    public var negativePrompt: String
    /// The settings in their order, keys as written.
    public var settings: [Setting]

    public struct Setting: Sendable, Equatable {
        public var key: String
        public var value: String
    }

    /// A setting by its key, whatever the case.
    public subscript(key: String) -> String? {
        settings.first { $0.key.lowercased() == key.lowercased() }?.value
    }

    /// Reads the text; `nil` when it has no line of settings.
    public init?(_ text: String) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasSuffix("\r") ? String(line.dropLast()) : String(line)
        }
        while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
        guard let start = lines.lastIndex(where: { $0.hasPrefix("Steps: ") }) else { return nil }
        settings = Self.settings(in: lines[start...].joined(separator: ", "))
        guard settings.contains(where: { $0.key == "Sampler" || $0.key == "Seed" }) else { return nil }
        let texts = lines[..<start]
        if let negative = texts.firstIndex(where: { $0.hasPrefix("Negative prompt:") }) {
            prompt = texts[..<negative].joined(separator: "\n")
            negativePrompt = ([String(texts[negative].dropFirst("Negative prompt:".count))] + texts[(negative + 1)...])
                .joined(separator: "\n")
        } else {
            prompt = texts.joined(separator: "\n")
            negativePrompt = ""
        }
        prompt = Self.trimmed(prompt)
        negativePrompt = Self.trimmed(negativePrompt)
    }

    static func trimmed(_ text: String) -> String {
        let head = text.drop { $0.isWhitespace }
        return String(head.reversed().drop { $0.isWhitespace }.reversed())
    }

    /// `Key: value, Key: "a, b", …`. A value in quotes is JSON text and may hold commas.
    private static func settings(in line: String) -> [Setting] {
        var result: [Setting] = []
        var rest = line[...]
        while true {
            rest = rest.drop { $0 == " " || $0 == "," }
            guard let colon = rest.firstIndex(of: ":") else { return result }
            let key = String(rest[..<colon])
            rest = rest[rest.index(after: colon)...].drop { $0 == " " }
            var value = ""
            if rest.first == "\"" {
                rest = rest.dropFirst()
                while let character = rest.first {
                    rest = rest.dropFirst()
                    if character == "\"" { break }
                    if character == "\\", let next = rest.first {
                        rest = rest.dropFirst()
                        value += next == "n" ? "\n" : String(next)
                    } else {
                        value.append(character)
                    }
                }
            } else {
                let end = rest.firstIndex(of: ",") ?? rest.endIndex
                value = trimmed(String(rest[..<end]))
                rest = rest[end...]
            }
            result.append(Setting(key: trimmed(key), value: value))
            if result.count > 1_000 { return result }
        }
    }
}

extension GenerationParameters {
    /// A LoRA that the prompt names: `<lora:name:strength>`.
    struct LoRATag: Equatable {
        var name: String
        var strength: Double
    }

    /// A prompt without its LoRA tags, and the tags.
    static func withoutTags(_ prompt: String) -> (text: String, tags: [LoRATag]) {
        var text = ""
        var tags: [LoRATag] = []
        var rest = prompt[...]
        while let open = rest.firstIndex(of: "<") {
            text += rest[..<open]
            guard let close = rest[open...].firstIndex(of: ">") else { return (trimmed(text + rest[open...]), tags) }
            let parts = rest[rest.index(after: open)..<close].split(separator: ":", omittingEmptySubsequences: false)
            if parts.count >= 2, ["lora", "lyco"].contains(parts[0].lowercased()), !parts[1].isEmpty {
                tags.append(LoRATag(name: String(parts[1]), strength: parts.count > 2 ? Double(parts[2]) ?? 1 : 1))
            } else {
                text += rest[open...close]
            }
            rest = rest[rest.index(after: close)...]
        }
        return (trimmed(text + rest), tags)
    }

    /// ComfyUI's names of the sampler and the schedule, and a note where the meaning isn't quite the same.
    static func sampling(sampler: String, schedule: String?) -> (sampler: String, scheduler: String, note: String?) {
        var name = sampler.lowercased()
        var scheduler: String?
        for (suffix, meaning) in [
            (" karras", "karras"), (" exponential", "exponential"), (" sgm uniform", "sgm_uniform"), (" uniform", "normal"),
        ]
        where name.hasSuffix(suffix) {
            name = String(name.dropLast(suffix.count))
            scheduler = meaning
        }
        let found = samplers[name]
        if scheduler == nil {
            switch schedule?.lowercased() {
            case nil, "automatic"?: scheduler = schedule == nil ? "normal" : automatic.contains(name) ? "karras" : "normal"
            case let given?: scheduler = schedulers[given]
            }
        }
        var notes: [String] = []
        if found == nil { notes.append("the sampler \"\(sampler)\" has no equal here; euler is used") }
        if scheduler == nil { notes.append("the schedule \"\(schedule ?? "")\" has no equal here; normal is used") }
        return (found ?? "euler", scheduler ?? "normal", notes.isEmpty ? nil : notes.joined(separator: "; "))
    }

    /// Samplers that Automatic1111 runs on Karras' schedule when nothing else is said.
    private static let automatic: Set<String> = [
        "dpm++ 2m", "dpm++ sde", "dpm++ 2m sde", "dpm++ 2m sde heun", "dpm++ 2s a", "dpm2", "dpm2 a", "lms",
    ]

    private static let samplers: [String: String] = [
        "euler": "euler", "euler a": "euler_ancestral", "lms": "lms", "heun": "heun", "dpm2": "dpm_2", "dpm2 a": "dpm_2_ancestral",
        "dpm++ 2s a": "dpmpp_2s_ancestral", "dpm++ 2m": "dpmpp_2m", "dpm++ sde": "dpmpp_sde", "dpm++ 2m sde": "dpmpp_2m_sde",
        "dpm++ 2m sde heun": "dpmpp_2m_sde_heun", "dpm++ 3m sde": "dpmpp_3m_sde", "dpm fast": "dpm_fast", "dpm adaptive": "dpm_adaptive",
        "ddim": "ddim", "ddim cfg++": "euler_cfg_pp", "unipc": "uni_pc", "lcm": "lcm", "ddpm": "ddpm", "ipndm": "ipndm",
        "ipndm_v": "ipndm_v",
        "deis": "deis", "heunpp2": "heunpp2", "er sde": "er_sde", "res multistep": "res_multistep",
    ]

    private static let schedulers: [String: String] = [
        "uniform": "normal", "normal": "normal", "karras": "karras", "exponential": "exponential", "sgm uniform": "sgm_uniform",
        "simple": "simple", "ddim": "ddim_uniform", "beta": "beta", "kl optimal": "kl_optimal", "linear quadratic": "linear_quadratic",
    ]
}
