/// Readable names for the nodes of a workflow that calls them "3" and "12:5".
///
/// A node that has a name of letters already keeps it. Others are called by what the author titled them, by their role
/// (`positive`, `negative`), or by what their type is called in the menu; a number tells equal ones apart.
struct NodeNaming {
    /// New name by old.
    private(set) var names: [String: String] = [:]

    init(_ document: WorkflowDocument, catalog: NodeCatalog) {
        let roles = Self.roles(document)
        var taken: Set<String> = []
        for node in document.nodes where Self.isReadable(node.name) {
            names[node.name] = node.name
            taken.insert(node.name)
        }
        for node in document.nodes where names[node.name] == nil {
            let display = catalog.spec(node.type, in: document.form)?.display ?? node.type
            let titled = node.title.flatMap { $0 == display || $0.isEmpty ? nil : $0 }
            let stem = Self.word(titled ?? roles[node.name] ?? Self.short[node.type] ?? display)
            var name = stem
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(stem)_\(number)"
                number += 1
            }
            names[node.name] = name
        }
    }

    /// What people call the nodes they use most.
    private static let short = [
        "CheckpointLoaderSimple": "checkpoint", "EmptyLatentImage": "canvas", "KSampler": "sampled", "KSamplerAdvanced": "sampled",
        "VAEDecode": "picture", "VAEDecodeTiled": "picture", "VAEEncode": "encoded", "SaveImage": "saved", "PreviewImage": "preview",
        "LoadImage": "loaded", "LoraLoader": "lora", "LoraLoaderModelOnly": "lora", "VAELoader": "vae", "ControlNetLoader": "controlnet",
        "CLIPTextEncode": "prompt", "CLIPSetLastLayer": "clip_skip", "UpscaleModelLoader": "upscaler", "KSamplerSelect": "sampler",
    ]

    /// Nodes whose only use is as somebody's `positive` or `negative`.
    private static func roles(_ document: WorkflowDocument) -> [String: String] {
        var uses: [String: Set<String>] = [:]
        for node in document.nodes {
            for input in node.inputs {
                if case .link(.slot(let origin, _)) = input.value { uses[origin, default: []].insert(input.name) }
            }
        }
        return uses.compactMapValues { $0.count == 1 && ($0.first == "positive" || $0.first == "negative") ? $0.first : nil }
    }

    private static func isReadable(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, first.properties.isAlphabetic || first == "_" else { return false }
        return name.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_" || $0 == "-" || $0 == "/"
        }
    }

    /// Lower-case words joined by underscores, at most 32 characters; never empty, never starting with a digit.
    private static func word(_ text: String) -> String {
        var result = ""
        for scalar in text.lowercased().unicodeScalars {
            if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
                result.unicodeScalars.append(scalar)
            } else if !result.isEmpty, !result.hasSuffix("_") {
                result += "_"
            }
            if result.unicodeScalars.count >= 32 { break }
        }
        while result.hasSuffix("_") { result.removeLast() }
        guard let first = result.unicodeScalars.first else { return "node" }
        return first.properties.isAlphabetic ? result : "node_" + result
    }
}
