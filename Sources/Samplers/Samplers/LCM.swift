internal import Tensors

/// Consistency sampling: the denoised latent, noised again to the next level.
///
/// Source: Luo et al. 2023, "Latent consistency models", algorithm 3; ComfyUI `sample_lcm`.
///
/// - Parameter noise: plain; drawn once a step with `next > 0`.
func sampleLCM(_ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource) throws -> Tensor {
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        x = try denoise(x, sigma, step: step)
        if next > 0 { x = adding(next, noise(sigma, next), to: x) }
    }
    return x
}
