/// What a run gives: the sampled latent, and the clean latent predicted by the last step.
public struct SamplingResult: Sendable {
    public var latent: Latent
    public var denoised: Latent
    public init(latent: Latent, denoised: Latent) {
        self.latent = latent
        self.denoised = denoised
    }
}
