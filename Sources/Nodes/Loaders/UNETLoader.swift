internal import Checkpoints
internal import Diffusion
internal import WorkflowEngine

/// A denoising network from a file without text encoder and VAE.
struct UNETLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        if try inputs.string("weight_dtype", default: "default") != "default" {
            context.warn("weight_dtype is left aside: weights are kept as the file has them")
        }
        let path = try context.path(of: inputs.string("unet_name"), kind: "diffusion_models")
        let model = try Model(Checkpoint(CheckpointFile.open(path)))
        model.warnOfCensus(context)
        return .of(model)
    }
}
