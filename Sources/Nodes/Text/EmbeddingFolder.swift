internal import Checkpoints
internal import Diffusion
internal import Files
internal import Foundation
internal import Prompts
internal import Tensors
internal import WorkflowEngine

/// Textual inversions: the files that `embedding:name` in a prompt stands for.
struct EmbeddingFolder: EmbeddingLibrary {
    let models: ModelFolders

    /// Tried in this order when a prompt gives a name without one, or with one that isn't there.
    private static let extensions = ["safetensors", "pt", "bin"]

    func embedding(named name: String, key: String) throws -> Tensor? {
        try embedding(named: name, key: key, width: nil) { _ in }
    }

    func embedding(named name: String, key: String, width: Int?, warn: (String) -> Void) throws -> Tensor? {
        let found = paths(of: name)
        guard let path = found.first else { return nil }
        if found.count > 1 {
            warn("there are \(found.count) embeddings called \"\(name)\" in sub-folders; \(path) is used")
        }
        return try EmbeddingVectors(CheckpointFile.open(path)).tensor(key: key, width: width, warn: warn)
    }

    /// A file whose name differs in case or ending only.
    func similarName(to name: String) -> String? {
        func bare(_ name: String) -> String {
            let name = name.replacing("\\", with: "/").lowercased()
            guard let dot = name.lastIndex(of: "."), ModelFolders.isModelFile(name) else { return name }
            return String(name[..<dot])
        }
        let wanted = bare(name)
        return models.names(of: "embeddings").first { bare($0) == wanted || bare($0).hasSuffix("/" + wanted) }
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
    func path(of name: String) -> String? { paths(of: name).first }

    /// The files that a name can mean: the one directly in the folders, or else those in sub-folders, in their order.
    ///
    /// ComfyUI looks in every sub-folder, too, in no order of its own.
    private func paths(of name: String) -> [String] {
        // Prompts written on Windows have its separator.
        let name = name.replacing("\\", with: "/")
        guard !name.isEmpty, !name.utf8.contains(0) else { return [] }
        let folders = models.folders(of: "embeddings")
        for folder in folders + models.roots {
            if let file = Self.file(name, in: folder, within: folder) { return [file] }
        }
        var found: [String] = []
        for folder in folders {
            Folder.walk(folder, followingLinks: true) { below, kind in
                guard kind == .folder, !below.hasSuffix(".git") else { return false }
                if let file = Self.file(name, in: folder + "/" + below, within: folder) { found.append(file) }
                return true
            }
        }
        var known: Set<String> = []
        return found.filter { known.insert($0).inserted }
    }

    /// - Parameter top: where the file must lie. Prompts may go up and come back ("../embeddings/name"), but not end up elsewhere.
    private static func file(_ name: String, in folder: String, within top: String) -> String? {
        let path = URL(fileURLWithPath: folder + "/" + name).standardizedFileURL.path
        guard path.hasPrefix(URL(fileURLWithPath: top).standardizedFileURL.path + "/") else { return nil }
        return ([path] + extensions.map { path + "." + $0 }).first(where: isFile)
    }

    private static func isFile(_ path: String) -> Bool { FileIdentity(path: path)?.kind == .regular }
}
