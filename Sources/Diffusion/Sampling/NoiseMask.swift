internal import Problems
public import Samplers
public import Tensors

/// Sampling within a mask: outside, the latent is kept at the noise level of the moment, and the prediction is the
/// latent itself.
///
/// Source: Lugmayr et al. 2022, "RePaint", without resampling; ComfyUI's `KSamplerX0Inpaint`.
struct NoiseMask {
    /// `[batch, channels, height, width]`, 1 where the sampler may paint.
    let mask: Tensor
    /// The latent in the model's scale, and the noise it is mixed with.
    let latent: Tensor
    let noise: Tensor
    /// Changes the mask with the noise level (DifferentialDiffusion).
    let schedule: (any MaskSchedule)?
    let sampling: ModelSampling
    let sigmas: [Float]

    /// The prediction for what lies within the mask, by a denoiser that always sees the whole picture.
    func predict(
        _ x: Tensor, _ sigma: Float, _ inner: (Tensor, Float) throws -> Denoiser.Prediction
    ) throws -> Denoiser.Prediction {
        guard x.shape == latent.shape else {
            throw SamplingError(
                code: .invalidLatent, reason: "the latent grew from \(latent.shape) to \(x.shape), its noise mask did not",
                hint: "take the mask away, or a sampler that keeps the size")
        }
        let mask = schedule?.mask(mask, at: sigma, sampling: sampling, sigmas: sigmas) ?? mask
        let outside = Tensor.zip(latent, noise) { $0 + $1 * sigma }
        var prediction = try inner(mixed(x, outside, mask), sigma)
        prediction.denoised = mixed(prediction.denoised, latent, mask)
        return prediction
    }

    private func mixed(_ inside: Tensor, _ outside: Tensor, _ mask: Tensor) -> Tensor {
        Tensor(shape: inside.shape) { out in
            inside.withFloats { a in
                outside.withFloats { b in
                    mask.withFloats { m in
                        for index in 0..<out.count { out[index] = a[index] * m[index] + b[index] * (1 - m[index]) }
                    }
                }
            }
        }
    }
}

/// A patch that decides at every noise level where the sampler may paint.
public protocol MaskSchedule: ModelPatch {
    /// - Parameters:
    ///   - mask: the mask of the run, 0…1.
    ///   - sigmas: of the whole run.
    func mask(_ mask: Tensor, at sigma: Float, sampling: ModelSampling, sigmas: [Float]) -> Tensor
}
