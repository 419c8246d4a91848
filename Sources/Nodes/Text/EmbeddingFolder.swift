internal import Checkpoints
internal import Diffusion
internal import Files
internal import Foundation
internal import Tensors
internal import WorkflowEngine

/// Textual inversions: the files that `embedding:name` in a prompt stands for.
struct EmbeddingFolder: EmbeddingLibrary {
    let models: ModelFolders

    /// Tried in this order when a prompt gives a name without one.
    private static let extensions = ["safetensors", "pt", "bin"]

    func embedding(named name: String, key: String) throws -> Tensor? {
        guard let path = path(of: name) else { return nil }
        return try Self.vectors(in: CheckpointFile.open(path), key: key)
    }

    /// The files that a prompt's result depends on.
    func contents(of prompt: String, in services: NodeServices) throws -> [ExternalContent] {
        // A prompt that can't be read is reported by the node itself.
        let names = (try? PromptTokenizer.embeddingNames(in: prompt)) ?? []
        return try names.compactMap { name in
            let bare = String(name.reversed().drop { $0 == "," }.reversed())
            guard let path = path(of: name) ?? path(of: bare) else { return nil }
            return .file(input: nil, path: path, digest: try services.digest(ofFile: path))
        }
    }

    /// The file of an embedding; nil if there is none, or if the name leads out of the folder.
    func path(of name: String) -> String? {
        guard !name.isEmpty, !name.utf8.contains(0) else { return nil }
        for folder in models.folders(of: "embeddings") + models.roots {
            // Prompts may go up and come back ("../embeddings/name"), but not end up elsewhere.
            let path = URL(fileURLWithPath: folder + "/" + name).standardizedFileURL.path
            let root = URL(fileURLWithPath: folder).standardizedFileURL.path
            guard path.hasPrefix(root + "/") else { continue }
            for candidate in [path] + Self.extensions.map({ path + "." + $0 }) where Self.isFile(candidate) {
                return candidate
            }
        }
        return nil
    }

    /// The vectors `[n, width]` that a file holds for a text model.
    ///
    /// Source: the layouts of AUTOMATIC1111's webui (`string_to_param`), of SDXL (`clip_l`, `clip_g`), of LoRA bundles
    /// (`bundle_emb.<name>.…`), and of everybody else (one tensor, whatever its name).
    private static func vectors(in file: any TensorSource, key: String) throws -> Tensor? {
        let names = file.directory.keys.sorted()
        func joined(_ suffix: String) throws -> Tensor? {
            let parts = try names.filter { $0.hasPrefix("bundle_emb.") && $0.hasSuffix(suffix) }
                .map { try rows(file.tensor(named: $0)) }
            return parts.isEmpty ? nil : Tensor.concatenated(parts, along: 0)
        }
        if let name = names.first(where: { $0.hasPrefix("string_to_param.") }) { return try file.tensor(named: name) }
        if names.contains(key) { return try file.tensor(named: key) }
        if let vectors = try joined(".string_to_param.*") ?? joined(".\(key)") { return vectors }
        return try names.first.map { try file.tensor(named: $0) }
    }

    private static func rows(_ tensor: Tensor) -> Tensor {
        tensor.float32().reshaped([-1, tensor.shape.last ?? 1])
    }

    private static func isFile(_ path: String) -> Bool { FileIdentity(path: path)?.kind == .regular }
}
