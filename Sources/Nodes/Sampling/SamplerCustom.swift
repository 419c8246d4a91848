// Nodes: SamplerCustom, SamplerCustomAdvanced

internal import Diffusion
internal import Samplers
internal import Tensors
internal import WorkflowEngine

/// Denoises a latent with a sampler and sigmas of one's own.
struct SamplerCustom: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let seed = try inputs.unsigned("noise_seed")
        let guider = Guider(
            model: try inputs.value("model"),
            guidance: .classifierFree(
                positive: try inputs.conditioning("positive"), negative: try inputs.conditioning("negative"),
                cfg: try inputs.float("cfg")))
        let result = try guider.sample(
            inputs.latent("latent_image"), noise: try inputs.boolean("add_noise") ? .random(seed: seed) : .none, seed: seed,
            sampler: inputs.value("sampler"), sigmas: inputs.value("sigmas", as: Sigmas.self).values, in: context)
        return .of(result.latent, result.denoised)
    }
}

/// Denoises a latent with noise, guidance, sampler and sigmas of one's own.
struct SamplerCustomAdvanced: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let noise: StartNoise = try inputs.value("noise")
        let guider: Guider = try inputs.value("guider")
        let result = try guider.sample(
            inputs.latent("latent_image"), noise: noise, seed: noise.seed, sampler: inputs.value("sampler"),
            sigmas: inputs.value("sigmas", as: Sigmas.self).values, in: context)
        return .of(result.latent, result.denoised)
    }
}
