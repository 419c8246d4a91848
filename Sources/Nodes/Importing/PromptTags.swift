/// What stands between `<` and `>` in prompts of Automatic1111 and its kin.
///
/// `<lora:name>`, `<lora:name:0.8>`, `<lora:name:0.8:0.5>` (text encoder, then model), `<lora:name:te=0.8:unet=0.5>`; the same with `lyco`;
/// `<hypernet:name:0.5>`.
struct PromptTags: Equatable {
    /// The prompt without them.
    var text = ""
    var loras: [GenerationParameters.LoRA] = []
    var hypernetworks: [GenerationParameters.LoRA] = []
    /// What of them can't be done.
    var notes: [String] = []

    private static let loraKinds: Set<String> = ["lora", "lyco", "lycoris", "locon", "loha", "lokr", "dora"]
    /// SwarmUI's, which choose among words or work on parts of the picture.
    private static let otherKinds: Set<String> = [
        "segment", "object", "region", "random", "wildcard", "alternate", "fromto", "refiner", "base", "video", "clear", "break", "repeat",
        "preset", "p", "embed", "embedding", "setvar", "var", "trigger", "comment", "extend", "lora_block",
    ]

    init(_ prompt: String) {
        var rest = prompt[...]
        while let open = rest.firstIndex(of: "<") {
            text += rest[..<open]
            guard let close = rest[open...].firstIndex(of: ">") else { break }
            let tag = rest[rest.index(after: open)..<close]
            if !take(String(tag)) { text += rest[open...close] }
            rest = rest[rest.index(after: close)...]
        }
        text = GenerationParameters.trimmed(text + rest)
    }

    /// - Returns: false for what is just text.
    private mutating func take(_ tag: String) -> Bool {
        let parts = tag.split(separator: ":", omittingEmptySubsequences: false).map { GenerationParameters.trimmed($0) }
        let kind = parts[0].lowercased().prefix { $0 != "[" && $0 != "," }
        if Self.loraKinds.contains(String(kind)), parts.count >= 2, !parts[1].isEmpty {
            loras.append(strengths(parts, tag: tag))
            return true
        }
        if kind == "hypernet", parts.count >= 2, !parts[1].isEmpty {
            hypernetworks.append(strengths(parts, tag: tag))
            return true
        }
        if kind.hasPrefix("embed"), parts.count == 2, !parts[1].isEmpty {
            text += "embedding:" + parts[1]
            return true
        }
        guard Self.otherKinds.contains(String(kind)), parts.count >= 2 || kind == "break" else { return false }
        if kind == "break" {
            text += " BREAK "
        } else {
            notes.append("<\(tag.prefix(60))> isn't done and is taken out of the prompt")
        }
        return true
    }

    private mutating func strengths(_ parts: [String], tag: String) -> GenerationParameters.LoRA {
        var positional: [Double] = []
        var (model, clip): (Double?, Double?)
        var unknown: [String] = []
        for part in parts[2...] {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            if pair.count == 2 {
                switch (pair[0].lowercased(), Double(pair[1])) {
                case ("te", let value?): clip = value
                case ("unet", let value?): model = value
                default: unknown.append(part)
                }
            } else if let value = Double(part), value.isFinite, positional.count < 2 {
                positional.append(value)
            } else if !part.isEmpty {
                unknown.append(part)
            }
        }
        if !unknown.isEmpty { notes.append("<\(tag.prefix(80))>: \(unknown.joined(separator: ":")) isn't taken over") }
        // One number is for both; of two, the first is the text encoder's.
        let text = clip ?? positional.first ?? 1
        let network = model ?? (positional.count > 1 ? positional[1] : positional.first ?? 1)
        return .init(name: parts[1], strength: network, clipStrength: text == network ? nil : text)
    }
}
