// Nodes: CheckpointLoaderSimple, CheckpointLoader

internal import Checkpoints
internal import Diffusion
internal import WorkflowEngine

/// Loads the denoising network, the text encoder and the VAE of one checkpoint file.
///
/// Nothing but names and shapes is read here; the weights follow when something is computed with them.
struct CheckpointLoaderSimple: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let path = try context.path(of: inputs.string("ckpt_name"), kind: "checkpoints")
        return try Self.parts(of: Checkpoint(CheckpointFile.open(path)))
    }

    /// Model, text encoder and VAE; what the file doesn't have is absent.
    static func parts(of checkpoint: Checkpoint) throws -> NodeOutputs {
        NodeOutputs([
            .value(try Model(checkpoint)),
            TextEncoder(checkpoint).map { .value($0) } ?? .absent,
            checkpoint.vae.map { .value(VAE($0)) } ?? .absent,
        ])
    }
}

/// The same with a configuration file beside it. The file says nothing that the checkpoint doesn't, so it isn't read.
struct CheckpointLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try CheckpointLoaderSimple().run(inputs, in: context)
    }
}
