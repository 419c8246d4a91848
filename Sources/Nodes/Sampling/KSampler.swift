// Nodes: KSampler, KSamplerAdvanced

internal import Checkpoints
internal import Diffusion
internal import Pictures
internal import Samplers
internal import Synchronization
internal import Tensors
internal import WorkflowEngine

/// Denoises a latent: the sampler node that most workflows use.
struct KSampler: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let request = try KSamplerInputs(inputs)
        let seed = try inputs.unsigned("seed")
        let sigmas = request.scheduler.sigmas(
            ModelSampling(request.model.samplingSettings), steps: request.steps, denoise: try inputs.double("denoise"),
            discardsPenultimate: request.sampler.discardsPenultimateSigma)
        let result = try request.guider.sample(
            request.latent, noise: .random(seed: seed), seed: seed, sampler: request.sampler, sigmas: sigmas, in: context)
        return .of(result.latent)
    }
}

/// Denoises a latent over a part of the steps, with or without new noise.
struct KSamplerAdvanced: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let request = try KSamplerInputs(inputs)
        let seed = try inputs.unsigned("noise_seed")
        let addsNoise = try inputs.choice("add_noise") == "enable"
        let endsClean = try inputs.choice("return_with_leftover_noise") == "disable"
        let start = try inputs.int("start_at_step")
        let end = try inputs.int("end_at_step")

        var sigmas = request.scheduler.sigmas(
            ModelSampling(request.model.samplingSettings), steps: request.steps, denoise: 1,
            discardsPenultimate: request.sampler.discardsPenultimateSigma)
        if end < sigmas.count - 1 {
            sigmas = Array(sigmas.prefix(end + 1))
            if endsClean, !sigmas.isEmpty { sigmas[sigmas.count - 1] = 0 }
        }
        // No step left: the latent comes back as it is.
        guard start < sigmas.count - 1 else { return .of(request.latent) }
        sigmas = Array(sigmas.dropFirst(start))

        let result = try request.guider.sample(
            request.latent, noise: addsNoise ? .random(seed: seed) : .none, seed: seed, sampler: request.sampler,
            sigmas: sigmas, in: context)
        return .of(result.latent)
    }
}

/// What both nodes share.
private struct KSamplerInputs {
    let model: Model
    let guider: Guider
    let sampler: Sampler
    let scheduler: Scheduler
    let steps: Int
    let latent: Latent

    init(_ inputs: NodeInputs) throws {
        model = try inputs.value("model")
        guider = Guider(
            model: model,
            guidance: .classifierFree(
                positive: try inputs.conditioning("positive"), negative: try inputs.conditioning("negative"),
                cfg: try inputs.float("cfg")))
        sampler = try Sampler.named(inputs.choice("sampler_name"))
        scheduler = try Scheduler.named(inputs.choice("scheduler"))
        steps = try inputs.int("steps")
        latent = try inputs.latent("latent_image")
    }
}

extension Guider {
    /// Runs a sampler as a node does: with progress, previews and cancellation of the workflow's run.
    func sample(
        _ latent: Latent, noise: StartNoise, seed: UInt64, sampler: Sampler, sigmas: [Float], in context: NodeContext
    ) throws -> SamplingResult {
        let run = context.run
        // Made when somebody first looks, which may be in the middle.
        let known = Mutex<LatentPreviews?>(nil)
        let format = model.family.latents, services = context.services
        let isTold = Atomic(false)
        let observer = SamplingObserver(
            step: { done, count, denoised in
                run.progress(done, of: count)
                // The run may take hours from here, for nothing.
                if !denoised.samples.isFinite, !isTold.exchange(true, ordering: .relaxed) {
                    run.warn("step \(done) of \(count) gives NaN or infinite numbers, and so will all that follow")
                }
                guard run.wantsPreviews else { return }
                let previews = known.withLock { known in
                    let previews = known ?? LatentPreviews(format: format, services: services, warn: run.warn)
                    known = previews
                    return previews
                }
                if let picture = previews.picture(of: denoised) { run.preview(picture, step: done, of: count) }
            },
            resumed: { step, count in run.resumed(at: step, of: count) })
        // Weights are read only if there is a step to make.
        guard !sigmas.isEmpty else { return SamplingResult(latent: latent, denoised: latent) }
        try warnOfHooks(in: context)
        var sampling = try SamplingRun(self, latent: latent.samples.shape, control: ControlRun(model: model), observer: observer)
        if let shortage = sampling.shortage { throw shortage }
        sampling.record = run.resumePoint.map { SamplingRecord($0, warn: run.warn) }
        return try sampling.sample(latent, noise: noise, seed: seed, sampler: sampler, sigmas: sigmas)
    }

    /// Hooks meet their model only here: tells of LoRAs whose layers it doesn't have, each once.
    private func warnOfHooks(in context: NodeContext) throws {
        var known: Set<String> = []
        for hook in guidance.sides.flatMap(\.entries).flatMap(\.hooks.hooks) where hook.modelStrength != 0 {
            guard let lora = hook.change as? LoRAChange, lora.file.touches(.model) || lora.file.moduleCount == 0,
                known.insert("\(try lora.file.source.contentDigest())").inserted
            else { continue }
            lora.file.warnOfMisfits(with: [model.content], sides: [.model], in: context)
        }
    }
}
