internal import Checkpoints
internal import Tensors

/// The noise a run starts from: ComfyUI's NOISE.
public enum StartNoise: Sendable, Hashable {
    case random(seed: UInt64)
    /// The latent brings its own noise, or wants none.
    case none

    /// Samplers that draw get 0 where nothing is drawn at the start.
    public var seed: UInt64 {
        switch self {
        case .random(let seed): seed
        case .none: 0
        }
    }
}

/// Who looks on while a sampler works.
public struct SamplingObserver: Sendable {
    /// Told after each step's first call: steps done, of how many, and the denoised latent in the VAE's scale.
    public var step: @Sendable (_ done: Int, _ of: Int, _ denoised: Latent) -> Void
    /// Throws to stop the run; asked before every network call.
    public var checkCancellation: @Sendable () throws -> Void

    public init(
        step: @escaping @Sendable (_ done: Int, _ of: Int, _ denoised: Latent) -> Void = { _, _, _ in },
        checkCancellation: @escaping @Sendable () throws -> Void = {}
    ) {
        self.step = step
        self.checkCancellation = checkCancellation
    }
}

/// What a run gives: the sampled latent, and the clean latent predicted by the last step.
public struct SamplingResult: Sendable {
    public var latent: Latent
    public var denoised: Latent
    public init(latent: Latent, denoised: Latent) {
        self.latent = latent
        self.denoised = denoised
    }
}

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
    private var hookable: (model: Model, store: WeightStore)?
    public var observer: SamplingObserver
    /// Keeps the walk for later; not used together with patches that have a memory of their own over the steps.
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
    public init(
        _ guider: Guider, store: WeightStore = .shared, control: ControlRun? = nil,
        observer: SamplingObserver = SamplingObserver()
    ) throws {
        self.init(
            guidance: guider.guidance, network: try guider.model.network(store: store),
            sampling: ModelSampling(guider.model.samplingSettings), latentScale: guider.model.family.latentScale,
            patches: guider.model.patches, control: control, observer: observer)
        hookable = (guider.model, store)
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
        guard let first = sigmas.first else { return SamplingResult(latent: latent, denoised: latent) }
        let latent = try fitted(latent)
        let shape = latent.samples.shape
        // One stream for everything of this run that isn't the sampler's own: initial noise first.
        let generator = SharedGenerator(seed: noise.seed)
        let startNoise =
            noise == .none
            ? Tensor.zeros(shape) : initialNoise(shape: shape, batchIndex: latent.batchIndex, from: generator)
        let start = latent.samples.isZero ? latent.samples : latent.samples * latentScale

        var denoiser = try denoiser(
            start, startNoise, latent: latent, seed: seed, sampler: sampler, sigmas: sigmas, generator: generator)
        if let record, isResumable {
            denoiser = record.recording(generator, keepsUnconditional: sampler.needsUnconditional, denoiser)
        }
        let lastDenoised = LastDenoised()
        let latentScale = latentScale
        let count = max(sigmas.count - 1, 1)
        let observer = observer
        let input = SamplerInput(
            denoise: Denoiser(predict: denoiser) { step, denoised in
                lastDenoised.value = denoised
                observer.step(min(step + 1, count), count, Latent(samples: denoised / latentScale))
            },
            x: sampling.noised(start, with: startNoise, sigma: first), sigmas: sigmas, seed: seed, model: sampling,
            generator: generator)
        let samples = try sampler.sample(input)

        var result = latent
        result.samples = samples / latentScale
        var denoised = result
        if let value = lastDenoised.value { denoised.samples = value / latentScale }
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
        // Inpainting networks take mask and picture beside the latent: 2c + 1 channels.
        let channels = network.inputChannels == 9 ? 4 : network.inputChannels
        if shape[1] == channels || shape[1] == network.inputChannels { return latent }
        guard latent.samples.isZero else {
            throw SamplingError(
                code: .invalidLatent, reason: "the latent has \(shape[1]) channels, this model's have \(channels)",
                hint: "encode the picture with the VAE that belongs to the model")
        }
        var empty = latent
        empty.samples = .zeros([shape[0], channels, shape[2], shape[3]])
        return empty
    }

    /// Whether the tape is all there is to a walk: patches with a memory would have missed the calls that aren't made
    /// again.
    public var isResumable: Bool {
        !patches.contains { $0 is StepCaching || ($0 as? any GuidancePatch)?.hasMemory ?? false }
    }

    /// The clean latent for a noisy one, masks included.
    private func denoiser(
        _ start: Tensor, _ startNoise: Tensor, latent: Latent, seed: UInt64, sampler: Sampler, sigmas: [Float],
        generator: SharedGenerator
    ) throws -> (Tensor, Float) throws -> Denoiser.Prediction {
        let mask = latent.noiseMask.map { mask in
            resizedMask(mask, height: latent.height, width: latent.width)
                .reshaped([-1, 1, latent.height, latent.width]).repeatedToBatch(latent.batch)
        }
        let frame = ConditioningFrame(
            shape: latent.samples.shape, sampling: sampling, inputChannels: network.inputChannels, latent: start,
            noiseMask: mask, latentScale: latentScale, labelForm: network.labelForm)
        let model = GuidedModel(
            network: network, sampling: sampling, frame: frame, generator: generator, control: control,
            hooked: hookable.map {
                HookedNetworks(model: $0.model, store: $0.store, sampling: sampling, firstSigma: sigmas.max() ?? 0)
            },
            cache: caching(.network).map { NetworkCallCache($0, sampling: sampling) },
            checkCancellation: observer.checkCancellation)
        let guided = try GuidedDenoiser(
            model: model, guidance: guidance, patches: patches.compactMap { $0 as? any GuidancePatch },
            needsUnconditional: sampler.needsUnconditional)
        var predict = guided.prediction
        if let lazy = caching(.guidance).map({ GuidanceCache($0, sampling: sampling) }) {
            predict = { x, sigma in try lazy.predict(x, sigma, guided.prediction) }
        }
        if sampler.renewsMaskNoise { generator.reseed(seed &+ 1) }
        let maskNoise = sampler.renewsMaskNoise ? generator.normal(start.shape) : startNoise
        guard let mask else { return predict }
        let masking = NoiseMask(
            mask: Tensor.concatenated([Tensor](repeating: mask, count: latent.channels), along: 1), latent: start,
            noise: maskNoise, schedule: patches.compactMap { $0 as? any MaskSchedule }.last, sampling: sampling, sigmas: sigmas)
        return { [predict] x, sigma in try masking.predict(x, sigma, predict) }
    }

    private func caching(_ place: StepCaching.Place) -> StepCaching? {
        patches.compactMap { $0 as? StepCaching }.last { $0.place == place }
    }
}

/// What the last step predicted.
private final class LastDenoised {
    var value: Tensor?
}
