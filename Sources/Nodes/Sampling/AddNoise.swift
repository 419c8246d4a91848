internal import Diffusion
internal import Samplers
internal import Tensors
internal import WorkflowEngine

/// Puts noise of the strength between the ends of a schedule onto a latent.
struct AddNoise: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let latent = try inputs.latent("latent_image")
        let model: Model = try inputs.value("model")
        let sigmas = try inputs.value("sigmas", as: Sigmas.self).values
        return .of(latent.noised(try inputs.value("noise"), sigmas: sigmas, model: model))
    }
}
