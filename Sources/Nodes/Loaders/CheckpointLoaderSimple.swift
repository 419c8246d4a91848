// Nodes: CheckpointLoaderSimple, CheckpointLoader

internal import Checkpoints
internal import Diffusion
internal import Networks
internal import WorkflowEngine

/// Loads the denoising network, the text encoder and the VAE of one checkpoint file.
///
/// Nothing but names and shapes is read here; the weights follow when something is computed with them.
struct CheckpointLoaderSimple: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let path = try context.path(of: inputs.string("ckpt_name"), kind: "checkpoints")
        let checkpoint = try Checkpoint(CheckpointFile.open(path))
        CheckpointConfiguration.warnOfFile(beside: path, model: try Model(checkpoint), in: context)
        return try Self.parts(of: checkpoint, in: context)
    }

    /// Model, text encoder and VAE; what the file doesn't have is absent.
    static func parts(of checkpoint: Checkpoint, in context: NodeContext) throws -> NodeOutputs {
        parts(of: checkpoint, try Model(checkpoint), TextEncoder(checkpoint), in: context)
    }

    fileprivate static func parts(
        of checkpoint: Checkpoint, _ model: Model, _ textEncoder: TextEncoder?, in context: NodeContext
    ) -> NodeOutputs {
        let vae = checkpoint.vae.map { VAE($0) }
        model.warnOfCensus(context)
        textEncoder?.warnOfCensus(context)
        vae?.warnOfCensus(context)
        return NodeOutputs([.value(model), textEncoder.map { .value($0) } ?? .absent, vae.map { .value($0) } ?? .absent])
    }
}

/// The same with a configuration file, which may say what the network predicts and which layer of the text encoder counts.
struct CheckpointLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let configuration = try CheckpointConfiguration.named(inputs.string("config_name"), in: context.services)
        if !configuration.leftAside.isEmpty {
            context.warn(
                "\(configuration.leftAside.joined(separator: ", ")) in \(try inputs.string("config_name")) has no effect: as in ComfyUI, the "
                    + "checkpoint itself tells of everything but parameterization and layer_idx")
        }
        let path = try context.path(of: inputs.string("ckpt_name"), kind: "checkpoints")
        let checkpoint = try Checkpoint(CheckpointFile.open(path))
        let (model, textEncoder) = configuration.applied(to: try Model(checkpoint), TextEncoder(checkpoint))
        return CheckpointLoaderSimple.parts(of: checkpoint, model, textEncoder, in: context)
    }
}
