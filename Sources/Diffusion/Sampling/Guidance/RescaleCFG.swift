public import Descriptions
internal import Tensors

/// Keeps the contrast that high guidance takes away: the guided velocity gets back the deviation of the conditional
/// one.
///
/// Source: Lin et al. 2023, "Common diffusion noise schedules and sample steps are flawed", section 3.4.
public struct RescaleCFG: GuidancePatch {
    /// 1 rescales wholly, 0 not at all.
    public var multiplier: Float
    public init(multiplier: Float) { self.multiplier = multiplier }

    public static var blank: RescaleCFG { RescaleCFG(multiplier: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("RescaleCFG"))
        try visitor.visit("multiplier", &multiplier)
    }

    public func hooks() -> GuidanceHooks {
        GuidanceHooks(cfg: { step in
            let sigma = step.sigma
            let variance = sigma * sigma + 1
            let scaledX = step.x / variance
            // Predictions pass as differences from x, whose rounding shows at the high sigmas of zero terminal SNR.
            func velocity(_ denoised: Tensor) -> Tensor {
                let passed = Tensor.zip(step.x, denoised) { $0 - ($0 - $1) }
                return Tensor.zip(scaledX, passed) { ($0 - $1) * variance.squareRoot() / sigma }
            }
            let conditional = velocity(step.conditional)
            let guided = Tensor.zip(velocity(step.unconditional), conditional) { $0 + step.cfg * ($1 - $0) }
            let factors = zip(conditional.deviationPerItem, guided.deviationPerItem).map { $0 / $1 }
            let rescaled = guided.mapItems { item, value in
                multiplier * (value * factors[item]) + (1 - multiplier) * value
            }
            return Tensor.zip(scaledX, rescaled) { $0 - $1 * sigma / variance.squareRoot() }
        })
    }
}
