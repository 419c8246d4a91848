public import Digests
internal import Tensors

/// Perp-Neg as a patch: replaces CFG, with a further call for the empty text.
///
/// Source: Armandpour et al. 2023, "Re-imagine the negative prompt algorithm". ComfyUI's deprecated PerpNeg node.
public struct PerpNegPatch: GuidancePatch {
    public var empty: Conditioning
    public var negativeScale: Float
    private let emptyDigest: Digest

    /// - Parameter emptyDigest: identifies the conditioning.
    public init(empty: Conditioning, emptyDigest: Digest, negativeScale: Float) {
        self.empty = empty
        self.emptyDigest = emptyDigest
        self.negativeScale = negativeScale
    }

    public func feed(into digest: inout DigestBuilder) {
        digest.add("PerpNeg")
        digest.add(emptyDigest)
        digest.add(negativeScale)
    }

    public func hooks() -> GuidanceHooks {
        GuidanceHooks(cfg: { step in
            perpendicularGuidance(
                positive: step.conditional, negative: step.unconditional, empty: try step.predictWith(empty), cfg: step.cfg,
                negativeScale: negativeScale)
        })
    }
}
