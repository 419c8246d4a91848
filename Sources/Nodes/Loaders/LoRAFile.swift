internal import Problems
internal import Checkpoints
internal import Diffusion
internal import Files
internal import Foundation
internal import WorkflowEngine

/// A LoRA file and, where PEFT saved it, the configuration that lies beside it.
struct LoRAFile {
    let path: String

    init(_ name: String, in services: NodeServices) throws {
        path = try services.path(of: name, kind: "loras")
    }

    /// The configuration belongs to the file that PEFT calls `adapter_model`, or to the only one in the folder.
    var configurationPath: String? {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let configuration = folder + "/" + PEFTConfiguration.fileName
        guard FileIdentity(path: configuration)?.kind == .regular else { return nil }
        let stem = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        if stem == PEFTConfiguration.adapterStem { return configuration }
        return Folder.names(in: folder).count(where: ModelFolders.isModelFile) == 1 ? configuration : nil
    }

    /// Reads the names in the file.
    ///
    /// The configuration counts for files that ComfyUI can't use at all. Where it applies one with a factor of 1, so do we, and tell.
    func adapter(in context: NodeContext) throws -> AdapterFile {
        let file = AdapterFile(try CheckpointFile.open(path))
        if let stored = (file.source as? SafetensorsFile)?.metadata[PEFTConfiguration.metadataKey],
            let configuration = PEFTConfiguration(json: Array(stored.utf8))
        {
            warn(of: configuration, in: "the metadata of \(file.source.displayName)", file, in: context)
        }
        guard let configurationPath else { return file }
        let bytes: [UInt8]
        do throws(FileProblem) { bytes = try ReadableFile.contents(of: configurationPath, limit: 1 << 20) } catch {
            context.warn("\(PEFTConfiguration.fileName) beside \(file.source.displayName) \(error.reason); its settings have no effect")
            return file
        }
        guard let configuration = PEFTConfiguration(json: bytes) else { return file }
        if file.isSavedByPEFT { return file.scaled(by: configuration) }
        warn(of: configuration, in: "\(PEFTConfiguration.fileName) beside \(file.source.displayName)", file, in: context)
        return file
    }

    private func warn(of configuration: PEFTConfiguration, in place: String, _ file: AdapterFile, in context: NodeContext) {
        let factors = file.factors(by: configuration)
        guard let factor = factors.first else { return }
        let more = factors.count > 1 ? " (or up to \(factors[factors.count - 1]) for some layers)" : ""
        context.warn(
            "\(place) asks for \(factor) times its strength\(more); ComfyUI doesn't read it, and so it has no effect here: multiply the "
                + "strength yourself")
    }

    /// What a node's result depends on beside the file itself.
    static func contents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] {
        // A file that isn't there is found when the node runs.
        guard let name = inputs["lora_name"] as? String, let file = try? LoRAFile(name, in: services),
            let configuration = file.configurationPath
        else { return [] }
        return [.file(input: "lora_name", path: configuration, digest: try services.digest(ofFile: configuration))]
    }
}

/// A node that names a LoRA file as `lora_name`.
protocol LoRANode: Node {}

extension LoRANode {
    var readsExternalContent: Bool { true }

    func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] {
        try LoRAFile.contents(inputs, in: services)
    }
}
