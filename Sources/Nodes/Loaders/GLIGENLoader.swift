internal import Checkpoints
internal import Diffusion
internal import Networks
internal import WorkflowEngine

/// Loads a network that places what texts describe into boxes.
struct GLIGENLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let path = try context.path(of: try inputs.string("gligen_name"), kind: "gligen")
        return .of(try GroundingModel(detecting: CheckpointFile.open(path)))
    }
}
