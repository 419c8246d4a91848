public import Pictures
internal import WorkflowEngine
internal import Workflows

/// What a picture without a workflow says about how it was made.
public enum PictureSettings: Sendable {
    /// Settings that a workflow can be built from, and the text that they stand in.
    case settings(GenerationParameters, text: String)
    /// Something of a program that is known, and why no workflow can be made of it.
    case unusable(program: String, reason: String)
    /// Nothing that anybody here knows.
    case none

    /// Looks at all texts: first those that hold a program's own data, then for Automatic1111's form.
    public init(_ metadata: PictureMetadata) {
        let entries = metadata.entries.filter { $0.key == "parameters" } + metadata.entries.filter { $0.key != "parameters" }
        let software = Self.software(metadata)
        for entry in entries {
            guard let json = JSONSettings(entry.text) else { continue }
            if let found = GenerationParameters(json: json, key: entry.key, software: software) {
                self = .settings(found, text: entry.text)
                return
            }
        }
        for read in [GenerationParameters.easyDiffusion, GenerationParameters.dream] {
            if let found = read(metadata) {
                self = .settings(found, text: metadata.entries.map { "\($0.key): \($0.text)" }.joined(separator: "\n"))
                return
            }
        }
        let texts = entries.filter { JSONSettings.value($0.text) == nil }
        var prompts: (GenerationParameters, String)?
        for entry in texts {
            guard var found = GenerationParameters(mochi: entry.text) ?? GenerationParameters(entry.text) else { continue }
            if software.contains("draw things") { found.splitDrawThings() }
            if !found.settings.isEmpty {
                self = .settings(found, text: entry.text)
                return
            }
            if prompts == nil { prompts = (found, entry.text) }
        }
        if let (found, text) = prompts {
            self = .settings(found, text: text)
            return
        }
        self = Self.unusable(metadata, software: software)
    }

    /// What the picture says it was made with, in small letters.
    private static func software(_ metadata: PictureMetadata) -> String {
        ["Software", "XMP:CreatorTool", "Title", "XMP:title", "Source", "Make", "fooocus_scheme"].compactMap { key in
            metadata[key].map { key == "fooocus_scheme" ? "fooocus" : $0 }
        }.joined(separator: " ").lowercased()
    }

    private static func unusable(_ metadata: PictureMetadata, software: String) -> PictureSettings {
        let programs: [(name: String, mark: String)] = [
            ("NovelAI", "novelai"), ("Fooocus", "fooocus"), ("Draw Things", "draw things"), ("InvokeAI", "invoke"), ("SwarmUI", "swarm"),
            ("Mochi Diffusion", "mochi"), ("Easy Diffusion", "easy diffusion"), ("DiffusionBee", "diffusionbee"),
            ("Midjourney", "midjourney"),
        ]
        for entry in metadata.entries where entry.text.contains("Job ID:") || entry.text.contains(" --v ") || entry.text.contains(" --ar ")
        {
            return .unusable(
                program: "Midjourney", reason: "its model isn't public and its text (\(entry.key)) has no settings that are known here")
        }
        for program in programs
        where software.contains(program.mark) || metadata.entries.contains(where: { $0.key.lowercased().contains(program.mark) }) {
            return .unusable(program: program.name, reason: "its texts (\(names(metadata))) hold no settings that can be read")
        }
        for entry in metadata.entries {
            guard let json = JSONSettings(entry.text) else { continue }
            let keys = json.members.prefix(6).map(\.key).joined(separator: ", ")
            return .unusable(
                program: "an unknown program", reason: "its text \"\(entry.key)\" is JSON with \(keys.isEmpty ? "nothing in it" : keys)")
        }
        return .none
    }

    /// The names of the texts, for messages.
    public static func names(_ metadata: PictureMetadata) -> String {
        let names = metadata.entries.map(\.key).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return names.prefix(8).map { "\"\($0.prefix(40))\"" }.joined(separator: ", ") + (names.count > 8 ? ", …" : "")
    }
}

extension GenerationParameters {
    /// Settings that a program keeps as JSON: whose they are is told by their keys.
    init?(json: JSONSettings, key: String, software: String) {
        let readers: [(JSONSettings, String, String) -> GenerationParameters?] = [
            Self.swarmUI, Self.fooocus, Self.invokeAI, Self.novelAI, Self.drawThings, Self.tensorArt, Self.easyDiffusionJSON,
            Self.stabilityMatrix,
            Self.civitai,
        ]
        guard let found = readers.lazy.compactMap({ $0(json, key, software) }).first else { return nil }
        self = found
    }

    /// Width and height as one setting.
    mutating func addSize(_ width: String?, _ height: String?) {
        if let width, let height { add("Size", "\(width)x\(height)") }
    }
}
