internal import Problems
internal import Checkpoints
internal import Diffusion
internal import Networks
internal import WorkflowEngine

/// Loads a checkpoint that is steered by pictures, with the vision model inside it.
struct unCLIPCheckpointLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let source = try CheckpointFile.open(try context.path(of: inputs.string("ckpt_name"), kind: "checkpoints"))
        var outputs = try CheckpointLoaderSimple.parts(of: Checkpoint(source), in: context)
        // A file without one still loads: the message comes when somebody asks for it.
        do { outputs.values.append(.value(try VisionEncoder(source))) } catch let error as CheckpointError
            where error.code == .unknownFamily
        {
            outputs.values.append(.absent)
        }
        return outputs
    }
}
