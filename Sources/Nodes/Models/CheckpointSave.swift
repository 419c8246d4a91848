// Nodes: CheckpointSave, ModelSave, CLIPSave, VAESave

internal import Checkpoints
internal import Descriptions
internal import Diffusion
internal import Networks
internal import Samplers
internal import WorkflowEngine

// Models with all patches applied, as files for any program. Tensors are made one at a time while they are written.

/// Writes a checkpoint with all patches applied.
struct CheckpointSave: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let model = try inputs.model("model")
        var tensors = SavedTensors()
        try tensors.add(model)
        try tensors.add(inputs.textEncoder("clip"), family: model.family)
        try tensors.add(inputs.savableVAE("vae"), prefix: "first_stage_model.")
        tensors.metadata = [("modelspec.predict_key", model.samplingSettings.prediction == .v ? "v" : "epsilon")]
        return try context.save(tensors, prefix: inputs.string("filename_prefix"))
    }
}

/// Writes a denoising network with all patches applied.
struct ModelSave: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let model = try inputs.model("model")
        var tensors = SavedTensors()
        try tensors.add(model)
        tensors.metadata = [("modelspec.predict_key", model.samplingSettings.prediction == .v ? "v" : "epsilon")]
        return try context.save(tensors, prefix: inputs.string("filename_prefix"))
    }
}

/// Writes a text encoder with all patches applied: one file for each text model, named after it.
struct CLIPSave: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let encoder = try inputs.textEncoder("clip")
        var files: [OutputFile] = []
        for (part, patched) in zip(encoder.models, try encoder.patchedContents()) {
            var tensors = SavedTensors()
            try tensors.add(part, patched, prefix: "")
            tensors.metadata = [("format", "pt")]
            let prefix = try inputs.string("filename_prefix") + "_" + part.configuration.key
            files += try context.save(tensors, prefix: prefix).files
        }
        return NodeOutputs(files: files)
    }
}

/// Writes a VAE.
struct VAESave: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var tensors = SavedTensors()
        try tensors.add(inputs.savableVAE("vae"), prefix: "")
        return try context.save(tensors, prefix: inputs.string("filename_prefix"))
    }
}

extension NodeContext {
    /// Writes a model file into the output folder, with the workflow that made it.
    func save(_ tensors: SavedTensors, prefix: String) throws -> NodeOutputs {
        var tensors = tensors
        tensors.metadata.append(("prompt", run.metadata.prompt))
        if let workflow = run.metadata.workflow { tensors.metadata.append(("workflow", workflow)) }
        let folder = services.output
        let series = try folder.series(prefix: prefix)
        var found: NotANumber?
        let file = try folder.write(series: series, from: series.next, extension: "safetensors") {
            try checkCancellation()
            found = try tensors.write(into: $0)
        }
        if let found { warn("what was saved holds \(found.symbol) numbers: the first is in \(found.place)") }
        return NodeOutputs(files: [OutputFile(path: file.path)])
    }
}

extension NodeInputs {
    /// A VAE that can be written.
    fileprivate func savableVAE(_ name: String) throws -> VAE {
        let vae = try vae(name)
        guard vae.source != nil else {
            throw NodeError(.unsupported, input: name, "a TAESD is two files and can't be saved as a VAE")
        }
        return vae
    }
}
