/// The settings while a workflow is built from them: what was used, so that the rest can be named.
struct SettingsReader {
    private(set) var unused: [GenerationParameters.Setting]

    init(_ settings: [GenerationParameters.Setting]) { unused = settings }

    func has(_ key: String) -> Bool { unused.contains { $0.key.lowercased() == key.lowercased() } }

    /// The value of the first of these keys that is there, whatever the case. The others, and repetitions, count as used, too.
    mutating func take(_ keys: String...) -> String? {
        var value: String?
        for key in keys {
            let key = key.lowercased()
            if value == nil { value = unused.first { $0.key.lowercased() == key }?.value }
            unused.removeAll { $0.key.lowercased() == key }
        }
        return value
    }

    mutating func drop(_ keys: some Sequence<String>) {
        let keys = Set(keys.map { $0.lowercased() })
        unused.removeAll { keys.contains($0.key.lowercased()) }
    }

    /// All settings whose key begins so.
    mutating func takeAll(prefix: String) -> [GenerationParameters.Setting] {
        let found = unused.filter { $0.key.lowercased().hasPrefix(prefix.lowercased()) }
        unused.removeAll { $0.key.lowercased().hasPrefix(prefix.lowercased()) }
        return found
    }
}

extension GenerationParameters {
    /// Settings that say nothing about the picture, or what has its say elsewhere.
    static let harmless: Set<String> = [
        "Version", "App", "User", "Created Date", "Model hash", "VAE hash", "Lora hashes", "TI hashes", "Hashes", "Batch size", "Batch pos",
        "Time", "Time taken", "Backend", "Operations", "Pipeline", "Parser", "Refiner hash", "Hires Module 1", "Generator",
        "ML Compute Unit",
        "Upscaled", "Raw prompt", "Raw negative prompt", "Performance", "Civitai metadata", "Image hash",
    ]

    /// Settings with these values change nothing.
    static func changesNothing(_ setting: Setting) -> Bool {
        let value = setting.value.lowercased()
        if ["", "none", "false", "off", "disabled", "{}", "[]", "null"].contains(value) { return true }
        switch setting.key.lowercased() {
        case "variation seed strength", "image cfg scale", "cfg rescale", "guidance rescale", "eta noise seed delta", "ensd", "strength":
            return Double(value) == 0 || (setting.key.lowercased() == "strength" && Double(value) == 1)
        case "emphasis": return value == "no norm"
        case "rng": return value == "cpu"
        case "adaptive cfg": return Double(value) == 7
        case "schedule rho": return Double(value) == 7
        case "clip skip": return Double(value) == 1
        default: return false
        }
    }

    /// Why a setting isn't done, where there is more to say than that.
    static func reason(for key: String) -> String? {
        let key = key.lowercased()
        for (prefix, reason) in reasons where key.hasPrefix(prefix) { return reason }
        return nil
    }

    private static let reasons: [(String, String)] = [
        ("controlnet", "its picture isn't in the file"), ("rng", "noise is drawn as on a processor"),
        ("adetailer", "it paints parts anew that a detector found"), ("face restoration", "there is no such model here"),
        ("tiling", "nothing here makes pictures that repeat"), ("ensd", "noise is drawn from the seed alone"),
        ("eta", "samplers have their own"), ("mask", "the mask isn't in the file"), ("inpaint", "the mask isn't in the file"),
        ("style", "its words aren't in the text"),
    ]
}
