internal import Tensors

/// Ancestral sampling of the discrete diffusion process, one denoiser call a step.
///
/// Source: Ho et al. 2020, "DDPM", algorithm 2, between arbitrary noise levels; ComfyUI `sample_ddpm`.
///
/// - Parameter noise: plain; drawn once a step with `next > 0`.
func sampleDDPM(_ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource) throws -> Tensor {
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        let denoised = try denoise(x, sigma, step: step)
        let eps = derivative(x, denoised, sigma)
        let product = 1 / (sigma * sigma + 1)  // ᾱ of this level and of the next
        let nextProduct = 1 / (next * next + 1)
        let alpha = product / nextProduct
        let norm = (1 + sigma * sigma).squareRoot()
        let drift = (1 - alpha) / (1 - product).squareRoot()
        let scale = (1 / alpha).squareRoot()
        x = Tensor.zip(x, eps) { scale * ($0 / norm - drift * $1) }
        if next > 0 {
            x = adding(((1 - alpha) * (1 - nextProduct) / (1 - product)).squareRoot(), noise(sigma, next), to: x)
            x = x * (1 + next * next).squareRoot()
        }
    }
    return x
}
