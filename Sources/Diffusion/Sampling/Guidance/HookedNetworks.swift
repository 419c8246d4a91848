internal import Descriptions
internal import Digests
internal import Networks
internal import Samplers
internal import Tensors

/// The networks of one run for entries with hooks: the model with the hooks on top, assembled again when a strength
/// changes.
///
/// Layers that no hook touches are shared with the plain network through the weight store.
final class HookedNetworks: Remembering {
    private let model: Model
    private let store: WeightStore
    private let sampling: ModelSampling
    /// The run's first noise level.
    private let firstSigma: Float
    private var clocks: [Digest: [KeyframeClock]] = [:]
    /// States from a run that is resumed, of hooks that haven't been asked for yet.
    private var restored: [String: Tensor] = [:]
    private var networks: [Digest: (strengths: [Float], network: UNet)] = [:]

    init(model: Model, store: WeightStore, sampling: ModelSampling, firstSigma: Float) {
        self.model = model
        self.store = store
        self.sampling = sampling
        self.firstSigma = firstSigma
    }

    /// Where the keyframes of all hooks are.
    var memory: RunMemory {
        get {
            var memory = RunMemory(tensors: restored)
            for (hooks, clocks) in clocks { memory[tensor: "\(hooks)"] = Tensor(clocks.flatMap(\.state)) }
            return memory
        }
        set {
            clocks = [:]
            restored = newValue.tensors
        }
    }

    /// The clocks of some hooks, as they were left or as they start.
    private func clocks(of hooks: ConditioningHooks, _ digest: Digest) -> [KeyframeClock] {
        if let known = clocks[digest] { return known }
        var clocks = hooks.hooks.map { KeyframeClock($0.keyframes, sampling: sampling, firstSigma: firstSigma) }
        let state = restored["\(digest)"]?.floats ?? []
        if state.count == clocks.count * KeyframeClock.stateCount {
            for index in clocks.indices {
                clocks[index].state = Array(state.dropFirst(index * KeyframeClock.stateCount).prefix(KeyframeClock.stateCount))
            }
        }
        return clocks
    }

    /// - Parameter sigma: of the model call; calls come in the order of the run.
    func network(for hooks: ConditioningHooks, sigma: Float) throws -> any DenoisingNetwork {
        let digest = try hooks.digest()
        var clocks = clocks(of: hooks, digest)
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

    static let stateCount = 3

    /// Where it stands: keyframe, calls it has lasted, last noise level (-1 before the first).
    var state: [Float] {
        get { [Float(index), Float(calls), lastSigma ?? -1] }
        set {
            guard newValue.count == Self.stateCount, let place = Int(exactly: newValue[0]), place == 0 || keyframes.indices.contains(place)
            else { return }
            index = place
            calls = Int(exactly: newValue[1]) ?? 0
            lastSigma = newValue[2] < 0 ? nil : newValue[2]
        }
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
