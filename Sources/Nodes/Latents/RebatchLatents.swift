internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Regroups lists of latents into batches of a size.
struct RebatchLatents: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let latents = try inputs.all("latents", as: Latent.self)
        return NodeOutputs([.list(try Latent.regrouped(latents, size: try inputs.int("batch_size")))])
    }
}
