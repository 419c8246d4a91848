public import Descriptions
internal import Tensors

/// Scales the negative's prediction to the positive's before they are compared.
///
/// Source: Fan et al. 2025, "CFG-Zero*" (arXiv 2503.18886), eq. 5.
public struct CFGZeroStar: GuidancePatch {
    public init() {}
    public static var blank: CFGZeroStar { CFGZeroStar() }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("CFGZeroStar"))
    }

    public func hooks() -> GuidanceHooks {
        GuidanceHooks(afterCFG: { denoised, step in
            let (c, u) = (step.x - step.conditional, step.x - step.unconditional)
            let factors = zip(c.dotPerItem(u), u.squaredNormPerItem).map { Float($0 / ($1 + 1e-8)) }
            let correction = step.unconditional.mapItems { item, value in
                value * (factors[item] - 1) + step.cfg * value * (1 - factors[item])
            }
            return denoised + correction
        })
    }
}

/// Keeps the guided latent's channel vectors from growing longer than the conditional's.
///
/// Source: ComfyUI's CFGNorm node.
public struct CFGNorm: GuidancePatch {
    public var strength: Float
    public init(strength: Float) { self.strength = strength }

    public static var blank: CFGNorm { CFGNorm(strength: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("CFGNorm"))
        try visitor.visit("strength", &strength)
    }

    public func hooks() -> GuidanceHooks {
        GuidanceHooks(afterCFG: { denoised, step in
            let factors = Tensor.zip(step.conditional.channelNorm, denoised.channelNorm) {
                max(0, min(1, $0 / ($1 + 1e-8))) * strength
            }
            return denoised.scaledPerPlace(factors)
        })
    }
}

/// Keeps the guided latent from growing longer than a multiple of the conditional one, and leaves guidance out above
/// a noise level.
///
/// Source: Lumina-Image 2.0's sampling code; ComfyUI's RenormCFG node.
public struct RenormCFG: GuidancePatch {
    /// Guidance works below this sigma.
    public var truncation: Float
    /// Longest allowed multiple of the conditional's length; 0 doesn't limit.
    public var maximum: Float

    public init(truncation: Float, maximum: Float) {
        self.truncation = truncation
        self.maximum = maximum
    }

    public static var blank: RenormCFG { RenormCFG(truncation: 0, maximum: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("RenormCFG"))
        try visitor.visit("truncation", &truncation)
        try visitor.visit("maximum", &maximum)
    }

    public func hooks() -> GuidanceHooks {
        GuidanceHooks(cfg: { step in
            guard step.sigma < truncation else { return step.conditional }
            let guided = step.classifierFree
            guard maximum > 0 else { return guided }
            let factors = zip(step.conditional.squaredNormPerItem, guided.squaredNormPerItem).map { conditional, guided in
                let (allowed, length) = (Float(conditional.squareRoot()) * maximum, Float(guided.squareRoot()))
                return length >= allowed ? allowed / length : 1
            }
            return guided.mapItems { $1 * factors[$0] }
        })
    }
}

/// Shrinks the predicted noise a little, against the error that builds up over the steps.
///
/// Source: Ning et al. 2023, "Elucidating the exposure bias in diffusion models", epsilon scaling.
public struct EpsilonScaling: GuidancePatch {
    public var factor: Float
    public init(factor: Float) { self.factor = factor }

    public static var blank: EpsilonScaling { EpsilonScaling(factor: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("EpsilonScaling"))
        try visitor.visit("factor", &factor)
    }

    public func hooks() -> GuidanceHooks {
        GuidanceHooks(afterCFG: { denoised, step in Tensor.zip(step.x, denoised) { $0 - ($0 - $1) / factor } })
    }
}
