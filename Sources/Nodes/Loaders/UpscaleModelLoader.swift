internal import Checkpoints
internal import Diffusion
internal import Networks
internal import WorkflowEngine

/// A network that enlarges pictures.
struct UpscaleModelLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let path = try context.path(of: inputs.string("model_name"), kind: "upscale_models")
        return .of(try UpscaleModel(CheckpointFile.open(path)))
    }
}
