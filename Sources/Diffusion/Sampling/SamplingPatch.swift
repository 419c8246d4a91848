public import Digests

/// A patch that says how the model was trained: other predictions, other noise levels.
public protocol SamplingPatch: ModelPatch {
    /// The settings with this patch, from those before it.
    func applied(to settings: SamplingSettings) -> SamplingSettings
}

extension Model {
    /// What the network predicts and at which noise levels, with all patches.
    public var samplingSettings: SamplingSettings {
        patches.reduce(trained) { ($1 as? any SamplingPatch)?.applied(to: $0) ?? $0 }
    }
}

/// Says how a model was trained, instead of what its checkpoint says.
public struct SamplingOverride: SamplingPatch {
    public var settings: SamplingSettings
    public init(_ settings: SamplingSettings) { self.settings = settings }

    public func applied(to settings: SamplingSettings) -> SamplingSettings { self.settings }

    public func feed(into digest: inout DigestBuilder) {
        digest.add("SamplingOverride")
        digest.add(settings.prediction.rawValue)
        digest.add(settings.sigmaData)
        switch settings.schedule {
        case .discrete: digest.add(0)
        case .discreteZeroSNR: digest.add(1)
        case .distilled: digest.add(2)
        case .distilledZeroSNR: digest.add(5)
        case .upscaling: digest.add(6)
        case .continuousEDM(let low, let high):
            digest.add(3)
            digest.add(low)
            digest.add(high)
        case .continuousV(let low, let high):
            digest.add(4)
            digest.add(low)
            digest.add(high)
        }
    }
}
