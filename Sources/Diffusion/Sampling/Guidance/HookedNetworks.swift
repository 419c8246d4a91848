internal import Digests

/// The networks of one run for entries with hooks: the model with the hooks on top, assembled again when a strength
/// changes.
///
/// Layers that no hook touches are shared with the plain network through the weight store.
final class HookedNetworks {
    private let model: Model
    private let store: WeightStore
    private let sampling: ModelSampling
    /// The run's first noise level.
    private let firstSigma: Float
    private var clocks: [Digest: [KeyframeClock]] = [:]
    private var networks: [Digest: (strengths: [Float], network: UNet)] = [:]

    init(model: Model, store: WeightStore, sampling: ModelSampling, firstSigma: Float) {
        self.model = model
        self.store = store
        self.sampling = sampling
        self.firstSigma = firstSigma
    }

    /// - Parameter sigma: of the model call; calls come in the order of the run.
    func network(for hooks: ConditioningHooks, sigma: Float) throws -> any DenoisingNetwork {
        let digest = hooks.digest
        var clocks = self.clocks[digest] ?? hooks.hooks.map {
            KeyframeClock($0.keyframes, sampling: sampling, firstSigma: firstSigma)
        }
        let strengths = hooks.hooks.indices.map { hooks.hooks[$0].modelStrength * clocks[$0].strength(at: sigma) }
        self.clocks[digest] = clocks
        if let found = networks[digest], found.strengths == strengths { return found.network }
        var hooked = model
        for (hook, strength) in zip(hooks.hooks, strengths) where strength != 0 {
            hooked = hooked.patched(try hook.change.patch(strength: strength, for: .model))
        }
        let network = try hooked.network(store: store)
        networks[digest] = (strengths, network)
        return network
    }
}

/// Walks along keyframes as the noise level falls.
struct KeyframeClock {
    private let keyframes: [HookKeyframes.Keyframe]
    private let startSigmas: [Float]
    private let firstSigma: Float
    private var index = 0
    private var calls = 0
    private var lastSigma: Float?

    init(_ keyframes: HookKeyframes, sampling: ModelSampling, firstSigma: Float) {
        self.keyframes = keyframes.keyframes
        startSigmas = keyframes.keyframes.map { Float(sampling.sigma(percent: $0.start)) }
        self.firstSigma = firstSigma
    }

    /// Calls that a keyframe must last; none for one that lies before the run.
    private func guaranteedCalls(_ index: Int) -> Int {
        startSigmas[index] <= firstSigma && keyframes[index].isGuaranteed ? 1 : 0
    }

    mutating func strength(at sigma: Float) -> Float {
        guard !keyframes.isEmpty else { return 1 }
        if sigma == lastSigma { return keyframes[index].strength }
        if calls >= guaranteedCalls(index) {
            for next in keyframes.indices.dropFirst(index + 1) {
                guard startSigmas[next] >= sigma else { break }
                (index, calls) = (next, 0)
                if guaranteedCalls(next) > 0 { break }
            }
        }
        calls += 1
        lastSigma = sigma
        return keyframes[index].strength
    }
}
