public import Tensors

/// The picture that the ×4 upscaler is to enlarge, which it sees beside the noisy latent (Rombach et al. 2022, section 4.4).
public struct UpscaleConditioning: Sendable {
    /// `[batch, 3, height, width]`, −1…1, as large as the latent; other sizes are fitted.
    public var picture: Tensor
    /// How far it is noised first, 0…1: more noise, more freedom.
    public var noiseAugmentation: Double

    public init(picture: Tensor, noiseAugmentation: Double) {
        self.picture = picture
        self.noiseAugmentation = noiseAugmentation
    }
}
