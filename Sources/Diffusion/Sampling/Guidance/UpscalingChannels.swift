internal import Problems
internal import Pictures
internal import Samplers
internal import Tensors

extension ConditioningFrame {
    /// Noise levels beyond which the ×4 upscaler wasn't trained to see pictures.
    private static let highestLevel = 350

    /// Noise level of the picture that the ×4 upscaler enlarges: the number of a timestep.
    func upscalingLevel(of entry: Conditioning.Entry) -> Int {
        noiseLevel(entry.upscaling?.noiseAugmentation ?? 0, highest: Self.highestLevel)
    }

    /// The three channels beside the latent: the picture, noised to its level; black where none was given.
    ///
    /// - Returns: `[batch, 3, height, width]`.
    func upscalingChannels(of entry: Conditioning.Entry) throws -> Tensor {
        guard let upscaling = entry.upscaling else { return .zeros([batch, 3, height, width]) }
        var picture = upscaling.picture
        guard picture.rank == 4, picture.shape[1] == 3, picture.count > 0 else {
            throw SamplingError(
                code: .invalidConditioning, reason: "the picture to enlarge has shape \(picture.shape), three colours are wanted")
        }
        if picture.shape[2] != height || picture.shape[3] != width {
            picture = try picture.resized(width: width, height: height, by: .bilinear, cropping: .center, channels: .first)
        }
        if upscaling.noiseAugmentation > 0 {
            generator.reseed(seed &- SeenPictureNoise.seedOffset)
            let shares = sampling.shares(timestep: upscalingLevel(of: entry))
            picture = lincomb(shares.signal, picture, shares.noise, generator.normal(picture.shape))
        }
        return picture.spread(toBatch: batch)
    }
}
