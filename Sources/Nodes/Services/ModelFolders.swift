internal import Files

/// Where model files lie: ComfyUI's folder layout below one or more roots.
///
/// A kind (`checkpoints`, `loras` …) stands for a few sub-folders, searched with everything below them; the first root
/// that has a file wins. A model file directly in a root counts for every kind, so that `--models .` is enough to try
/// a download. Links are followed here: people keep large files elsewhere and link to them.
public struct ModelFolders: Sendable {
    /// The folders that hold `checkpoints`, `loras` …, in the order of search.
    public let roots: [String]
    /// More folders for a kind, searched before and after the roots' own.
    public let extra: ExtraModelPaths

    public init(roots: [String], extra: ExtraModelPaths = ExtraModelPaths()) {
        self.roots = roots
        self.extra = extra
    }

    /// Sub-folders of a root, by kind, where they aren't just called like the kind.
    static let subfolders: [String: [String]] = [
        "controlnet": ["controlnet", "t2i_adapter"],
        "text_encoders": ["text_encoders", "clip"],
        "diffusion_models": ["unet", "diffusion_models"],
    ]

    /// Older names of kinds.
    static let aliases = ["clip": "text_encoders", "unet": "diffusion_models"]

    /// What a model file's name ends with, in lower case.
    static let extensions: Set<String> = ["ckpt", "pt", "pt2", "bin", "pth", "safetensors", "pkl", "sft", "gguf"]

    /// Every kind of model that there can be a folder for.
    public static let kinds = [
        "checkpoints", "clip_vision", "configs", "controlnet", "diffusers", "diffusion_models", "embeddings", "gligen",
        "hypernetworks", "loras", "photomaker", "style_models", "text_encoders", "upscale_models", "vae", "vae_approx",
    ]

    /// The folders of a kind that exist, in the order of search.
    public func folders(of kind: String) -> [String] { candidates(of: kind).filter(Self.isFolder) }

    /// Every folder that a kind may lie in, there or not.
    private func candidates(of kind: String) -> [String] {
        let kind = Self.aliases[kind] ?? kind
        let names = Self.subfolders[kind] ?? [kind]
        let own = roots.flatMap { root in names.map { root + "/" + $0 } }
        return (extra.preferred[kind] ?? []) + own + (extra.others[kind] ?? [])
    }

    /// Where a model of a kind was looked for, for messages. What somebody named in a file of paths and isn't there (a drive that isn't
    /// mounted) says so and comes first; folders of ours that aren't there stay in the list, for a file could be put there.
    func searched(for kind: String) -> [String] {
        let kind = Self.aliases[kind] ?? kind
        let named = Set((extra.preferred[kind] ?? []) + (extra.others[kind] ?? []))
        let all = candidates(of: kind)
        let missing = all.filter { named.contains($0) && !Self.isFolder($0) }
        let gone = Set(roots.filter { !Self.isFolder($0) })
        return missing.map { "\($0) (there is no such folder)" }
            + all.filter { !missing.contains($0) }.map { place in
                gone.first { place.hasPrefix($0 + "/") }.map { "\(place) (there is no folder \($0))" } ?? place
            }
    }

    /// Why a name that isn't in the folders of a kind may be missed all the same: a link that leads nowhere, or a file of another kind.
    func remark(onMissing name: String, kind: String) -> String? {
        let name = name.replacing("\\", with: "/")
        guard (try? ConfinedPath.parts(of: name)) != nil else { return nil }
        for folder in folders(of: kind) + roots {
            let path = folder + "/" + name
            if !Self.exists(path), FileIdentity(path: path, followingLinks: false) != nil { return "\(path) is a link that leads nowhere" }
        }
        let others = Self.kinds.filter { $0 != kind && $0 != Self.aliases[kind] }
        guard let other = others.first(where: { names(of: $0).contains(name) && !names(of: kind).contains(name) }) else { return nil }
        return "\(name) lies in \(other)"
    }

    /// The names that a workflow can use for a kind, sorted, each once.
    ///
    /// For `diffusers` these are folders, for all others files.
    public func names(of kind: String) -> [String] {
        var names: Set<String> = []
        for folder in folders(of: kind) {
            // People keep large files elsewhere and link to them.
            Folder.walk(folder, followingLinks: true) { name, type in
                guard name.split(separator: "/").last != ".git" else { return false }
                // A link that leads nowhere is no model.
                if type != .other, Self.belongs(name, isFolder: type == .folder, to: kind, in: folder) { names.insert(name) }
                return true
            }
        }
        for root in roots {
            names.formUnion(
                Folder.names(in: root).filter {
                    Self.exists(root + "/" + $0) && Self.belongs($0, isFolder: Self.isFolder(root + "/" + $0), to: kind, in: root)
                })
        }
        return names.sorted()
    }

    /// The path of the model that a workflow names, or nil if it is in none of the folders.
    ///
    /// - Throws: `NodeError.Code.outsideFolder` for a name that leads out of the folders.
    public func path(of name: String, kind: String) throws(NodeError) -> String? {
        // Workflows saved on Windows have its separator.
        for spelling in name.contains("\\") ? [name, name.replacing("\\", with: "/")] : [name] {
            guard (try? ConfinedPath.parts(of: spelling)) != nil else {
                throw NodeError(
                    .outsideFolder, "\"\(name.prefix(80))\" isn't a name below a model folder",
                    hint: "models are named relative to their folder; --models adds one")
            }
            for folder in folders(of: kind) + roots {
                let candidate = folder + "/" + spelling
                if Self.exists(candidate) { return candidate }
            }
        }
        return nil
    }

    private static func belongs(_ name: String, isFolder: Bool, to kind: String, in folder: String) -> Bool {
        if kind == "diffusers" { return isFolder && exists("\(folder)/\(name)/model_index.json") }
        guard !isFolder else { return false }
        return kind == "configs" ? name.lowercased().hasSuffix(".yaml") : isModelFile(name)
    }

    /// Whether a name ends like that of a model file.
    static func isModelFile(_ name: String) -> Bool {
        name.lastIndex(of: ".").map { extensions.contains(name[name.index(after: $0)...].lowercased()) } ?? false
    }

    private static func isFolder(_ path: String) -> Bool { FileIdentity(path: path)?.kind == .folder }

    private static func exists(_ path: String) -> Bool { FileIdentity(path: path) != nil }
}
