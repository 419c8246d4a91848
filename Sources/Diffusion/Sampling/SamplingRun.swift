internal import Problems
internal import Checkpoints
public import Networks
public import Samplers
internal import Tensors

/// One walk of a sampler over a latent: noise, guidance, mask and sampler put together.
public struct SamplingRun: Sendable {
    public var guidance: Guidance
    public var network: any DenoisingNetwork
    public var sampling: ModelSampling
    /// VAE units × this = model units (SD1: 0.18215).
    public var latentScale: Float
    /// Patches of guidance and mask, in the order of the workflow; others are ignored here.
    public var patches: [any ModelPatch]
    public var control: ControlRun?
    /// What hooks of conditioning change, and where its weights are kept.
    private var hookable: (model: Model, room: NetworkRoom, takesItemsApart: Bool)?
    public var observer: SamplingObserver
    /// Why the run can't keep within the memory allowed, if it can't; it takes more then.
    public private(set) var shortage: NetworkError?
    /// Keeps the walk for later.
    public var record: SamplingRecord?

    public init(
        guidance: Guidance, network: any DenoisingNetwork, sampling: ModelSampling, latentScale: Float,
        patches: [any ModelPatch] = [], control: ControlRun? = nil, observer: SamplingObserver = SamplingObserver()
    ) {
        self.guidance = guidance
        self.network = network
        self.sampling = sampling
        self.latentScale = latentScale
        self.patches = patches
        self.control = control
        self.observer = observer
    }

    /// A run of a model; its weights are read and packed here.
    ///
    /// - Parameters:
    ///   - latent: shape of what is sampled, `[batch, channels, height, width]`; `nil` leaves memory out of account.
    ///   - memoryLimit: bytes that this process may take while it samples; weights for which there is no room are read again at every
    ///     call, with the same bits. `nil`: any number.
    public init(
        _ guider: Guider, latent: [Int]? = nil, store: WeightStore = .shared, memoryLimit: Int? = MemoryBudget.limit,
        control: ControlRun? = nil, observer: SamplingObserver = SamplingObserver()
    ) throws {
        let memory: NetworkMemory? =
            if let latent, let memoryLimit, latent.count == 4 {
                try NetworkMemory(sampling: guider, latent: latent, store: store, limit: memoryLimit)
            } else { nil }
        let room = NetworkRoom(store, memory)
        control?.use(room)
        var network = try room.assemble { load in try guider.model.network(load(guider.model.patchedContent())) }
        network.takesItemsApart = memory?.takesItemsApart ?? false
        self.init(
            guidance: guider.guidance, network: network,
            sampling: ModelSampling(guider.model.samplingSettings), latentScale: guider.model.family.latents.scale,
            patches: guider.model.patches, control: control, observer: observer)
        hookable = (guider.model, room, network.takesItemsApart)
        if let memory, let latent {
            shortage = memory.shortage(
                for: "sampling \(latent[3] * 8)×\(latent[2] * 8) pixels", in: guider.model.content.displayName,
                remedy: "choose a smaller picture or batch")
        }
    }

    /// Walks a latent along the sigmas.
    ///
    /// - Parameters:
    ///   - noise: put onto the latent at `sigmas[0]`.
    ///   - seed: of the noise that samplers draw; may differ from the start noise's.
    /// - Returns: with the latent's mask and batch indices kept. Without sigmas the latent comes back as it is.
    /// - Throws: `SamplingError`, whatever the network throws, `CancellationError`.
    public func sample(
        _ latent: Latent, noise: StartNoise, seed: UInt64, sampler: Sampler, sigmas: [Float]
    ) throws -> SamplingResult {
        do {
            return try walk(latent, noise: noise, seed: seed, sampler: sampler, sigmas: sigmas)
        } catch is TapeRecorder.Mismatch {
            var fresh = self
            fresh.record?.earlier = SamplingTape()
            return try fresh.walk(latent, noise: noise, seed: seed, sampler: sampler, sigmas: sigmas)
        }
    }

    private func walk(
        _ latent: Latent, noise: StartNoise, seed: UInt64, sampler: Sampler, sigmas: [Float]
    ) throws -> SamplingResult {
        guard let first = sigmas.first else { return SamplingResult(latent: latent, denoised: latent) }
        let latent = try fitted(latent)
        let shape = latent.samples.shape
        // One stream for everything of this run that isn't the sampler's own: initial noise first.
        let generator = SharedGenerator(seed: noise.seed)
        let startNoise =
            noise == .none
            ? Tensor.zeros(shape) : initialNoise(shape: shape, batchIndex: latent.batchIndex, from: generator)
        let start = latent.samples.isZero ? latent.samples : latent.samples * latentScale

        let (predict, memories) = try denoiser(
            start, startNoise, latent: latent, seed: seed, sampler: sampler, sigmas: sigmas, generator: generator)
        let recorder = record.map {
            TapeRecorder($0, generator: generator, memories: memories, keepsUnconditional: sampler.needsUnconditional)
        }
        let lastStep = LastStep()
        let latentScale = latentScale
        let count = max(sigmas.count - 1, 1)
        let observer = observer
        let denoiser = Denoiser(
            predict: { x, sigma in try recorder?.predict(x, sigma, predict) ?? predict(x, sigma) },
            begin: { step in
                if recorder?.goesOnByItself == true { observer.resumed(min((step ?? lastStep.number) + 1, count), count) }
            },
            report: { step, denoised in
                (lastStep.number, lastStep.denoised) = (step, denoised)
                if recorder?.isReplaying == true { return }
                observer.step(min(step + 1, count), count, Latent(samples: denoised / latentScale))
            })
        let input = SamplerInput(
            denoise: denoiser, x: sampling.noised(start, with: startNoise, sigma: first), sigmas: sigmas, seed: seed,
            model: sampling, generator: generator)
        let samples: Tensor
        do {
            samples = try sampler.sample(input)
        } catch {
            if error is CancellationError { recorder?.cancelled() }
            throw error
        }

        var result = latent
        result.samples = samples / latentScale
        var denoised = result
        if let value = lastStep.denoised { denoised.samples = value / latentScale }
        return SamplingResult(latent: result, denoised: denoised)
    }

    /// A latent that this model can denoise. An empty one made for models with other latents becomes one of its own.
    private func fitted(_ latent: Latent) throws(SamplingError) -> Latent {
        let shape = latent.samples.shape
        guard shape.allSatisfy({ $0 > 0 }), latent.noiseMask.map({ $0.count > 0 }) ?? true else {
            throw SamplingError(
                code: .invalidLatent, reason: "the latent or its mask is empty: \(shape)",
                hint: "a picture needs at least 8 × 8 pixels")
        }
        // Networks that inpaint, edit or upscale take further channels beside the latent's.
        let channels = network.latentChannels
        if shape[1] == channels { return latent }
        guard latent.samples.isZero else {
            throw SamplingError(
                code: .invalidLatent, reason: "the latent has \(shape[1]) channels, this model's have \(channels)",
                hint: "encode the picture with the VAE that belongs to the model")
        }
        var empty = latent
        empty.samples = .zeros([shape[0], channels, shape[2], shape[3]])
        return empty
    }

    /// The clean latent for a noisy one, masks included, and what is remembered between its calls.
    private func denoiser(
        _ start: Tensor, _ startNoise: Tensor, latent: Latent, seed: UInt64, sampler: Sampler, sigmas: [Float],
        generator: SharedGenerator
    ) throws -> (predict: (Tensor, Float) throws -> Denoiser.Prediction, memories: RunMemories) {
        let mask = try latent.noiseMask.map { mask in
            try resizedMask(mask, height: latent.height, width: latent.width)
                .reshaped([-1, 1, latent.height, latent.width]).repeatedToBatch(latent.batch)
        }
        let frame = ConditioningFrame(
            shape: latent.samples.shape, sampling: sampling, inputChannels: network.inputChannels, latent: start,
            noiseMask: mask, latentScale: latentScale, labelForm: network.labelForm, seed: seed,
            generator: generator)
        let hooked = hookable.map {
            HookedNetworks(
                model: $0.model, room: $0.room, takesItemsApart: $0.takesItemsApart, sampling: sampling, firstSigma: sigmas.max() ?? 0)
        }
        let cache = caching(.network).map { NetworkCallCache($0, sampling: sampling) }
        let model = GuidedModel(
            network: network, sampling: sampling, frame: frame, generator: generator, control: control, hooked: hooked,
            cache: cache)
        let guided = try GuidedDenoiser(
            model: model, guidance: guidance, patches: patches.compactMap { $0 as? any GuidancePatch },
            needsUnconditional: sampler.needsUnconditional)
        let lazy = caching(.guidance).map { GuidanceCache($0, sampling: sampling) }
        var memories = guided.memories
        memories.add("model", model)
        memories.add("hooks", hooked)
        memories.add("calls", cache)
        memories.add("guidance", lazy)
        var predict = guided.prediction
        if let lazy {
            predict = { x, sigma in try lazy.predict(x, sigma, guided.prediction) }
        }
        if sampler.renewsMaskNoise { generator.reseed(seed &+ 1) }
        let maskNoise = sampler.renewsMaskNoise ? generator.normal(start.shape) : startNoise
        guard let mask else { return (predict, memories) }
        let masking = NoiseMask(
            mask: Tensor.concatenated([Tensor](repeating: mask, count: latent.channels), along: 1), latent: start,
            noise: maskNoise, schedule: patches.compactMap { $0 as? any MaskSchedule }.last, sampling: sampling, sigmas: sigmas)
        return ({ [predict] x, sigma in try masking.predict(x, sigma, predict) }, memories)
    }

    private func caching(_ place: StepCaching.Place) -> StepCaching? {
        patches.compactMap { $0 as? StepCaching }.last { $0.place == place }
    }
}

/// The step whose first call was the last, and what it predicted.
private final class LastStep {
    var number = 0
    var denoised: Tensor?
}
