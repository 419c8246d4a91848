public import Descriptions
internal import Networks
internal import Tensors

/// Moves away from what the network predicts when the middle block can't relate places to one another.
///
/// Source: Ahn et al. 2024, "Self-rectifying diffusion sampling with perturbed-attention guidance".
public struct PerturbedAttentionGuidance: GuidancePatch {
    public var scale: Float
    public init(scale: Float) { self.scale = scale }

    public static var blank: PerturbedAttentionGuidance { PerturbedAttentionGuidance(scale: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("PerturbedAttentionGuidance"))
        try visitor.visit("scale", &scale)
    }

    public func hooks() -> GuidanceHooks {
        GuidanceHooks(afterCFG: { denoised, step in
            guard scale != 0 else { return denoised }
            let perturbed = try step.predict(.positive, step.x, .valuesOnly)
            return denoised + Tensor.zip(step.conditional, perturbed) { ($0 - $1) * scale }
        })
    }
}
