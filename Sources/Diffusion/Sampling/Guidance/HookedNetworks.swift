internal import Descriptions
internal import Digests
internal import Networks
internal import Samplers
internal import Tensors

/// The networks of one run for entries with hooks: the model with the hooks on top, assembled again when a strength
/// changes.
///
/// Layers that no hook touches are shared with the plain network through the weight store. Where not all weights can stay, those that
/// hooks change are read at every call.
final class HookedNetworks: Remembering {
    private let model: Model
    private let room: NetworkRoom
    private let takesItemsApart: Bool
    private let sampling: ModelSampling
    /// The run's first noise level.
    private let firstSigma: Float
    private var clocks: [Digest: [KeyframeClock]] = [:]
    /// States from a run that is resumed, of hooks that haven't been asked for yet.
    private var restored: [String: Tensor] = [:]
    private var networks: [Digest: (strengths: [Float], network: UNet)] = [:]

    /// - Parameters:
    ///   - room: that of the plain network.
    ///   - takesItemsApart: as the plain network does.
    init(model: Model, room: NetworkRoom, takesItemsApart: Bool, sampling: ModelSampling, firstSigma: Float) {
        self.model = model
        self.room = room
        self.takesItemsApart = takesItemsApart
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
        // The one of other strengths goes before its successor comes.
        networks[digest] = nil
        let hooked = try model.hooked(hooks, strengths: strengths)
        var network = try room.forGuests.assemble { load in try hooked.network(load(hooked.patchedContent())) }
        network.takesItemsApart = takesItemsApart
        networks[digest] = (strengths, network)
        return network
    }
}

extension Model {
    /// The model with hooks on top, those of strength 0 left out.
    ///
    /// - Parameter strengths: one for each hook.
    func hooked(_ hooks: ConditioningHooks, strengths: [Float]) throws -> Model {
        try zip(hooks.hooks, strengths).reduce(self) { model, hook in
            hook.1 == 0 ? model : model.patched(try hook.0.change.patch(strength: hook.1, for: .model))
        }
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
