internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Mixes two latents.
struct LatentBlend: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.latent("samples1").blended(with: inputs.latent("samples2"), share: inputs.float("blend_factor")))
    }
}
