internal import Checkpoints
internal import Diffusion
internal import Networks
internal import Pictures
internal import WorkflowEngine

/// Loads a CLIP vision model.
struct CLIPVisionLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let path = try context.path(of: try inputs.string("clip_name"), kind: "clip_vision")
        return .of(try VisionEncoder(CheckpointFile.open(path)))
    }
}
