internal import Problems
internal import Checkpoints
public import Digests
public import Workflows

/// What nodes share: folders and stores of the process.
public struct NodeServices: Sendable {
    public var models: ModelFolders
    public var input: InputFolder
    public var output: OutputFolder
    /// For pictures that are only looked at.
    public var temporary: OutputFolder

    /// - Parameters:
    ///   - models: folders in ComfyUI's layout, in the order of search.
    ///   - input, output, temporary: needn't exist; what is written to is made when it is needed.
    public init(models: ModelFolders, input: String, output: String, temporary: String) {
        self.models = models
        self.input = InputFolder(input: input, output: output, temporary: temporary)
        self.output = OutputFolder(path: output)
        self.temporary = OutputFolder(path: temporary, label: "temporary folder")
    }

    /// The file that a workflow names.
    ///
    /// - Parameter kind: folder kind, as in the specification: `checkpoints`, `loras`, `input` …
    /// - Throws: `NodeError.Code.missingFile`, or `.outsideFolder` for a name that leads out.
    public func path(of name: String, kind: String) throws(NodeError) -> String {
        switch kind {
        case "input": return try input.path(of: name)
        case "output": return try input.path(of: name.hasSuffix("]") ? name : name + " [output]")
        default: break
        }
        if let path = try models.path(of: name, kind: kind) { return path }
        throw NodeError(
            .missingFile, "\"\(name)\" is in no folder for \(kind)",
            hint: "looked in \(places(of: kind).joined(separator: ", ")); --models names another folder")
    }

    /// The digest of a file's content, or of a model folder's; a file is read once as long as it doesn't change.
    public func digest(ofFile path: String) throws -> Digest {
        FolderSource.recognises(path)
            ? try FolderSource(path: path).contentDigest() : try FileDigests.shared.digest(ofFileAt: path)
    }
}

extension NodeServices: FileCatalog {
    public func contains(_ name: String, in folder: String) -> Bool {
        if folder == "vae", Self.tinyVAEs.contains(name) { return hasTinyVAE(name) }
        if folder == "configs", CheckpointConfiguration.stock[CheckpointConfiguration.stockName(name)] != nil { return true }
        return (try? path(of: name, kind: folder)) != nil
    }

    public func names(in folder: String) -> [String] {
        switch folder {
        case "input": input.names()
        case "output": InputFolder(input: output.folder.path, output: "", temporary: "").names()
        case "temp": InputFolder(input: temporary.folder.path, output: "", temporary: "").names()
        case "configs": Set(models.names(of: folder)).union(CheckpointConfiguration.stock.keys).sorted()
        case "vae": models.names(of: folder) + Self.tinyVAEs.filter(hasTinyVAE)
        default: models.names(of: folder)
        }
    }

    public func folder(meantBy name: String, in folder: String) -> String {
        guard folder == "input" || folder == "output" else { return folder }
        let named = folder == "output" && !name.hasSuffix("]") ? name + " [output]" : name
        let place = input.place(of: named).folder
        return place == input.output ? "output" : place == input.temporary ? "temp" : "input"
    }

    public func remark(onMissing name: String, in folder: String) -> String? {
        if folder == "vae", Self.tinyVAEs.contains(name) { return "\(name) needs \(name)_encoder and \(name)_decoder in vae_approx" }
        return models.remark(onMissing: name, kind: folder)
    }

    public func refusal(ofOutput prefix: String) -> String? {
        do throws(NodeError) {
            try output.check(prefix: prefix)
            return nil
        } catch { return error.reason }
    }

    public func places(of folder: String) -> [String] {
        switch folder {
        case "input": [input.input.path]
        case "output": [output.folder.path]
        case "temp": [temporary.folder.path]
        default:
            // Also folders that don't exist: a person wants to know where a file could be put.
            models.searched(for: folder)
        }
    }

    /// Small VAEs that are named without an extension: an encoder and a decoder file in `vae_approx`.
    static let tinyVAEs = ["taesd", "taesdxl", "taesd3", "taef1"]

    private func hasTinyVAE(_ name: String) -> Bool {
        let files = models.names(of: "vae_approx")
        return ["_encoder.", "_decoder."].allSatisfy { part in files.contains { $0.hasPrefix(name + part) } }
    }
}
