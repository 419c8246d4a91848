internal import Diffusion
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

/// Noise from a seed.
struct RandomNoise: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(StartNoise.random(seed: try inputs.unsigned("noise_seed")))
    }
}

/// No noise: for latents that bring their own.
struct DisableNoise: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { .of(StartNoise.none) }
}

/// Puts noise of the strength between the ends of a schedule onto a latent.
struct AddNoise: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let latent = try inputs.latent("latent_image")
        let model: Model = try inputs.value("model")
        let sigmas = try inputs.value("sigmas", as: Sigmas.self).values
        return .of(latent.noised(try inputs.value("noise"), sigmas: sigmas, model: model))
    }
}

// MARK: Guiders

/// One text, no guidance.
struct BasicGuider: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(Guider(model: try inputs.value("model"), guidance: .single(try inputs.conditioning("conditioning"))))
    }
}

/// Classifier-free guidance by a positive and a negative text.
struct CFGGuider: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            Guider(
                model: try inputs.value("model"),
                guidance: .classifierFree(
                    positive: try inputs.conditioning("positive"), negative: try inputs.conditioning("negative"),
                    cfg: try inputs.float("cfg"))))
    }
}

/// Guidance by two texts and a negative one.
struct DualCFGGuider: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            Guider(
                model: try inputs.value("model"),
                guidance: .dual(
                    first: try inputs.conditioning("cond1"), second: try inputs.conditioning("cond2"),
                    negative: try inputs.conditioning("negative"), cfgFirst: try inputs.float("cfg_conds"),
                    cfgSecond: try inputs.float("cfg_cond2_negative"),
                    nested: try inputs.string("style", default: "regular") == "nested")))
    }
}

/// Guidance that keeps what the negative text shares with the positive.
struct PerpNegGuider: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            Guider(
                model: try inputs.value("model"),
                guidance: .perpendicular(
                    positive: try inputs.conditioning("positive"), negative: try inputs.conditioning("negative"),
                    empty: try inputs.conditioning("empty_conditioning"), cfg: try inputs.float("cfg"),
                    negativeScale: try inputs.float("neg_scale"))))
    }
}
