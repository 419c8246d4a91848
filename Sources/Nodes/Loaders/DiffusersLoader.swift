internal import Checkpoints
internal import Diffusion
internal import WorkflowEngine

/// Loads the parts of a model from a folder in diffusers' layout.
struct DiffusersLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let path = try context.path(of: inputs.string("model_path"), kind: "diffusers")
        return try CheckpointLoaderSimple.parts(of: Checkpoint(FolderSource(path: path)), in: context)
    }
}
