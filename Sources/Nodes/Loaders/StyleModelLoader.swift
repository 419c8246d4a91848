internal import Checkpoints
internal import Diffusion
internal import Networks
internal import Tensors
internal import WorkflowEngine

/// Loads a model that turns a seen picture into style tokens.
struct StyleModelLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let path = try context.path(of: try inputs.string("style_model_name"), kind: "style_models")
        return .of(try StyleModel(CheckpointFile.open(path)))
    }
}
