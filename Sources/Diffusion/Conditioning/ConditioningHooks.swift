public import Descriptions
internal import Samplers

/// Changes of weights that only some conditioning uses: ComfyUI's HOOKS.
///
/// An entry with hooks is evaluated with a model that has them on top of its other patches; their strengths may follow the run.
public struct ConditioningHooks: Sendable {
    /// In the order in which they are applied.
    public var hooks: [Hook]

    public init(_ hooks: [Hook] = []) { self.hooks = hooks }

    public var isEmpty: Bool { hooks.isEmpty }

    /// One change with its strengths.
    public struct Hook: Sendable {
        public var change: any ScalableChange
        /// For the denoising model, times the keyframe's strength.
        public var modelStrength: Float
        /// For the text encoder.
        public var textStrength: Float
        public var keyframes: HookKeyframes

        public init(
            _ change: any ScalableChange, modelStrength: Float, textStrength: Float, keyframes: HookKeyframes = HookKeyframes()
        ) {
            self.change = change
            self.modelStrength = modelStrength
            self.textStrength = textStrength
            self.keyframes = keyframes
        }
    }

    /// These and then others.
    public func adding(_ other: ConditioningHooks) -> ConditioningHooks { ConditioningHooks(hooks + other.hooks) }

    /// The same hooks following other keyframes.
    public func following(_ keyframes: HookKeyframes) -> ConditioningHooks {
        ConditioningHooks(
            hooks.map { hook in
                var copy = hook
                copy.keyframes = keyframes
                return copy
            })
    }
}

/// A change of weights whose strength is chosen late.
public protocol ScalableChange: Described {
    /// - Throws: when what it is made from can't be read.
    func patch(strength: Float, for target: HookTarget) throws -> any WeightPatch
}

/// What a hook changes.
public enum HookTarget: Sendable, Hashable { case model, textEncoder }

/// How strong hooks are from which part of the run on: ComfyUI's HOOK_KEYFRAMES. Without keyframes the strength is 1.
public struct HookKeyframes: Sendable, Hashable {
    public struct Keyframe: Sendable, Hashable {
        /// Factor of the hook's own strength.
        public var strength: Float
        /// Share of the run from which on it counts.
        public var start: Double
        /// Whether it counts for at least one model call, even if the next one has begun by then.
        public var isGuaranteed: Bool

        public init(strength: Float, start: Double, isGuaranteed: Bool = true) {
            self.strength = strength
            self.start = start
            self.isGuaranteed = isGuaranteed
        }
    }

    /// By start; those of the same start in the order of adding.
    public internal(set) var keyframes: [Keyframe] = []

    public init() {}

    public mutating func add(_ keyframe: Keyframe) {
        let place = keyframes.firstIndex { $0.start > keyframe.start } ?? keyframes.count
        keyframes.insert(keyframe, at: place)
    }
}
