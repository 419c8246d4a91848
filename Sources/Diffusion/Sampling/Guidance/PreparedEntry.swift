internal import Problems
internal import Descriptions
internal import Digests
internal import Networks
internal import Pictures
internal import Samplers
internal import Tensors

/// One entry of a side, made ready for latents of one size.
struct PreparedEntry {
    var embedding: Tensor
    /// The text for ControlNets, where it is another one.
    var controlEmbedding: Tensor?
    /// Extra vector of the time embedding, `[n, width]`, for networks that take one.
    var label: Tensor?
    var area: LatentArea?
    var strength: Float
    /// `[n, height, width]` of the latent's size.
    var mask: Tensor?
    var maskStrength: Float
    /// Active while `startSigma >= sigma >= endSigma`.
    var startSigma: Float?
    var endSigma: Float?
    var isDefault: Bool
    var controls: [ControlApplication]
    var controlsApplyToOtherSide: Bool
    /// Equal for entries whose controls give the same for the same latent.
    var controlGroup = 0
    var hooks: ConditioningHooks
    /// Tells entries with different hooks apart; `nil` without.
    let hookGroup: Digest?
    var grounding: Grounding?
    /// Further input channels of an inpainting U-Net, `[batch, channels, height, width]`.
    var extraChannels: Tensor?

    func isActive(_ sigma: Float) -> Bool {
        if let startSigma, sigma > startSigma { return false }
        if let endSigma, sigma < endSigma { return false }
        return true
    }

    init(_ entry: Conditioning.Entry, for frame: ConditioningFrame, isNegative: Bool) throws {
        embedding = entry.embedding
        controlEmbedding = entry.controlEmbedding
        label = try frame.label(for: entry, isNegative: isNegative)
        strength = entry.strength
        maskStrength = entry.maskStrength
        isDefault = entry.isDefault
        hooks = entry.hooks
        hookGroup = entry.hooks.isEmpty ? nil : try entry.hooks.digest()
        grounding = entry.grounding
        controls = entry.controls
        controlsApplyToOtherSide = entry.controlsApplyToOtherSide
        area = entry.area.map { LatentArea($0, height: frame.height, width: frame.width) }
        if let mask = entry.mask {
            guard mask.rank >= 2, mask.count > 0 else {
                throw SamplingError(code: .invalidConditioning, reason: "a conditioning's mask is empty: \(mask.shape)")
            }
            let resized = try resizedMask(mask, height: frame.height, width: frame.width)
            if entry.maskSetsArea { area = LatentArea(boundsOf: resized) }
            self.mask = resized
        }
        if let range = entry.timestepRange {
            startSigma = Float(frame.sampling.sigma(percent: range.start))
            endSigma = Float(frame.sampling.sigma(percent: range.end))
        }
        if case .noiseLevel = frame.labelForm {
            extraChannels = try frame.upscalingChannels(of: entry)
        } else {
            extraChannels = try frame.extraChannels(entry.inpainting)
        }
    }
}

/// Masks of any rank and size as `[n, height, width]`, bilinear where the size differs.
func resizedMask(_ mask: Tensor, height: Int, width: Int) throws -> Tensor {
    let (rows, columns) = (mask.shape[mask.rank - 2], mask.shape[mask.rank - 1])
    let planes = mask.reshaped([-1, 1, rows, columns])
    let resized =
        rows == height && columns == width
        ? planes : try planes.resized(width: width, height: height, by: .bilinear, channels: .first)
    return resized.reshaped([-1, height, width])
}
