public import Digests
public import Tensors

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

/// Paints dark parts of a mask only in the last steps: every cell joins when the timestep falls below its share.
///
/// Source: Levin & Fried 2023, "Differential diffusion: giving each pixel its strength".
public struct DifferentialDiffusion: MaskSchedule {
    /// Below 1 the mask itself is mixed in.
    public var strength: Float
    public init(strength: Float = 1) { self.strength = strength }

    public func feed(into digest: inout DigestBuilder) {
        digest.add("DifferentialDiffusion")
        digest.add(strength)
    }

    public func mask(_ mask: Tensor, at sigma: Float, sampling: ModelSampling, sigmas: [Float]) -> Tensor {
        let from = sampling.timestep(sigmas.first ?? sampling.sigmaMax)
        let to = sampling.timestep(max(sampling.sigmaMin, sigmas.last ?? 0))
        let threshold = (sampling.timestep(sigma) - to) / (from - to)
        let blends = strength > 0 && strength < 1
        return mask.map { value in
            let binary: Float = value >= threshold ? 1 : 0
            return blends ? strength * binary + (1 - strength) * value : binary
        }
    }
}
