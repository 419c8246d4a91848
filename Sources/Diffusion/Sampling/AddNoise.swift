internal import Checkpoints
internal import Samplers
internal import Tensors

extension Latent {
    /// With noise on top, of the strength between the first and the last sigma (the first alone, if there is one).
    ///
    /// The mask and batch indices stay. Values that overflow become 0.
    public func noised(_ noise: StartNoise, sigmas: [Float], model: Model) -> Latent {
        guard let first = sigmas.first, let last = sigmas.last else { return self }
        let scale = sigmas.count > 1 ? abs(first - last) : first
        let drawn =
            noise == .none
            ? Tensor.zeros(samples.shape)
            : initialNoise(shape: samples.shape, batchIndex: batchIndex, from: SharedGenerator(seed: noise.seed))
        let latentScale = model.family.latents.scale
        let start = samples.isZero ? samples : samples * latentScale
        let noisy = ModelSampling(model.samplingSettings).noised(start, with: drawn, sigma: scale) / latentScale
        var result = self
        result.samples = noisy.map { $0.isFinite ? $0 : 0 }
        return result
    }
}
