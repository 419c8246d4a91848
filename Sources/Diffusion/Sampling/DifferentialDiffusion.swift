public import Descriptions
public import Samplers
public import Tensors

/// Paints dark parts of a mask only in the last steps: every cell joins when the timestep falls below its share.
///
/// Source: Levin & Fried 2023, "Differential diffusion: giving each pixel its strength".
public struct DifferentialDiffusion: MaskSchedule {
    /// Below 1 the mask itself is mixed in.
    public var strength: Float
    public init(strength: Float = 1) { self.strength = strength }

    public static var blank: DifferentialDiffusion { DifferentialDiffusion() }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("DifferentialDiffusion"))
        try visitor.visit("strength", &strength)
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
