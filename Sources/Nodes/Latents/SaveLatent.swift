// Nodes: SaveLatent, LoadLatent

internal import Checkpoints
internal import Diffusion
internal import Tensors
internal import WorkflowEngine

// A latent on disk is a safetensors file: `latent_tensor`, and an empty tensor `latent_format_version_0` that says that
// the values are in the VAE's own scale. Files without it are older and hold values multiplied by 0.18215.

/// Writes a latent to a file that carries its workflow.
struct SaveLatent: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let latent = try inputs.latent("samples")
        if latent.noiseMask != nil { context.warn("the latent's mask isn't saved: such files have no place for it") }
        let folder = context.services.output
        let series = try folder.series(prefix: inputs.string("filename_prefix"))
        var metadata = [(key: "prompt", value: context.run.metadata.prompt)]
        if let workflow = context.run.metadata.workflow { metadata.append((key: "workflow", value: workflow)) }
        let bytes = SafetensorsWriter.encode(
            [("latent_tensor", latent.samples), ("latent_format_version_0", .zeros([0]))], metadata: metadata)
        let file = try folder.write(bytes, series: series, from: series.next, batchIndex: 0, extension: "latent")
        return NodeOutputs(files: [OutputFile(path: file.path)])
    }
}

/// Reads a latent that was saved before; masks and places in a batch aren't in such files.
struct LoadLatent: Node {
    /// The latent scale of SD1, which older files have in them.
    private static let oldScale: Float = 0.18215

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let name = try inputs.string("latent")
        let file = try CheckpointFile.open(context.path(of: name, kind: "input"))
        guard file.directory["latent_tensor"]?.shape.count == 4 else {
            throw NodeError(
                .unreadable, input: "latent", "\"\(name)\" holds no latent_tensor of four dimensions",
                hint: "SaveLatent writes such files")
        }
        var samples = try file.tensor(named: "latent_tensor").float32()
        if file.directory["latent_format_version_0"] == nil { samples = samples * (1 / Self.oldScale) }
        return .of(Latent(samples: samples))
    }
}
