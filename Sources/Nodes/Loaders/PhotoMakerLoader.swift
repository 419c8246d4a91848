internal import Checkpoints
internal import Diffusion
internal import Networks
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Loads a network that puts a person into a text.
struct PhotoMakerLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let path = try context.path(of: try inputs.string("photomaker_model_name"), kind: "photomaker")
        return .of(try PhotoMaker(CheckpointFile.open(path)))
    }
}
