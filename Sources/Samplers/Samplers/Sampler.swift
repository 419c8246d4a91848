public import Tensors

/// A way to walk from noise to a picture along given noise levels, with its settings: ComfyUI's SAMPLER.
///
/// A value: two with equal names and settings do the same. The walk itself is a function in this folder.
public struct Sampler: Sendable {
    public let name: String
    /// Settings that differ from call to call, for keys and messages.
    public let settings: [Setting]
    /// KSampler makes the schedule one step longer and drops its last but one sigma.
    public var discardsPenultimateSigma = false
    /// CFG++ methods need the unconditional prediction even where cfg is 1.
    public var needsUnconditional = false
    /// Puts a new noise under the mask, from seed + 1, instead of the initial one.
    public var renewsMaskNoise = false
    private let walk: @Sendable (SamplerInput) throws -> Tensor

    public struct Setting: Sendable, Hashable {
        public let name: String
        public let value: Double
        public init(_ name: String, _ value: Double) { (self.name, self.value) = (name, value) }
    }

    init(_ name: String, _ settings: [Setting] = [], _ walk: @escaping @Sendable (SamplerInput) throws -> Tensor) {
        self.name = name
        self.settings = settings
        self.walk = walk
    }

    /// Walks all of the sigmas.
    ///
    /// - Returns: the latent at the last one, in the model's scale.
    /// - Throws: whatever the denoiser throws, `CancellationError` among it; `SamplingError` for sigmas it can't walk
    ///   along.
    public func sample(_ input: SamplerInput) throws -> Tensor { try walk(input) }

    func with(_ change: (inout Sampler) -> Void) -> Sampler {
        var copy = self
        change(&copy)
        return copy
    }
}

/// What a sampler is given.
public struct SamplerInput {
    public let denoise: Denoiser
    /// Noisy latent of standard deviation about `sigmas[0]`, `[batch, channels, height, width]`.
    public let x: Tensor
    /// Noise levels, at least one; usually falling and ending in 0.
    public let sigmas: [Float]
    public let seed: UInt64
    public let model: ModelSampling
    /// The run's stream, standing behind the initial noise.
    public let generator: SharedGenerator

    public init(
        denoise: Denoiser, x: Tensor, sigmas: [Float], seed: UInt64, model: ModelSampling, generator: SharedGenerator
    ) {
        self.denoise = denoise
        self.x = x
        self.sigmas = sigmas
        self.seed = seed
        self.model = model
        self.generator = generator
    }

    /// A stream of its own, from the run's seed: its first draw equals the initial noise, as on ComfyUI's CPU path.
    var plainNoise: NoiseSource {
        var generator = TorchGenerator(seed: seed)
        return { _, _ in generator.normal(x.shape) }
    }

    /// Increments of one Brownian path between the smallest positive and the largest sigma.
    var brownianNoise: NoiseSource {
        let low = sigmas.filter { $0 > 0 }.min() ?? 0
        let high = sigmas.max() ?? 0
        let tree = LazyTree { BrownianTree(shape: x.shape, from: low, to: high, seed: seed) }
        return { sigma, next in tree.value.noise(from: sigma, to: next) }
    }

    /// The run's own stream, continued.
    var runNoise: NoiseSource { { _, _ in generator.normal(x.shape) } }
}

/// A tree made when it is first asked: a run of one step never does.
private final class LazyTree {
    private let make: () -> BrownianTree
    private(set) lazy var value = make()
    init(_ make: @escaping () -> BrownianTree) { self.make = make }
}
