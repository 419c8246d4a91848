public import Descriptions
internal import Tensors

/// Perp-Neg as a patch: replaces CFG, with a further call for the empty text.
///
/// Source: Armandpour et al. 2023, "Re-imagine the negative prompt algorithm". ComfyUI's deprecated PerpNeg node.
public struct PerpNegPatch: GuidancePatch {
    public var empty: Conditioning
    public var negativeScale: Float

    public init(empty: Conditioning, negativeScale: Float) {
        self.empty = empty
        self.negativeScale = negativeScale
    }

    public static var blank: PerpNegPatch { PerpNegPatch(empty: Conditioning([]), negativeScale: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("PerpNeg"))
        try visitor.visit(recipe: "empty", &empty)
        try visitor.visit("negativeScale", &negativeScale)
    }

    public func hooks() -> GuidanceHooks {
        GuidanceHooks(cfg: { step in
            perpendicularGuidance(
                positive: step.conditional, negative: step.unconditional, empty: try step.predictWith(empty), cfg: step.cfg,
                negativeScale: negativeScale)
        })
    }
}
