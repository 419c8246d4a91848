internal import Tensors

/// Euler's method: first order, one denoiser call a step, no noise drawn.
///
/// Source: Karras et al. 2022, algorithm 2 without churn and correction; ComfyUI `sample_euler`. DDIM without η is
/// the same.
///
/// - Parameters:
///   - denoise: the clean latent predicted for a noisy one at a sigma.
///   - x: noisy latent of standard deviation about `sigmas[0]`.
///   - sigmas: falling noise levels; the last may be 0.
/// - Throws: whatever `denoise` throws, `CancellationError` among it. (So do all samplers.)
func sampleEuler(_ denoise: Denoiser, x: Tensor, sigmas: [Float]) throws -> Tensor {
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        let d = derivative(x, try denoise(x, sigma, step: step), sigma)
        x = adding(next - sigma, d, to: x)
    }
    return x
}

/// Euler's method with fresh noise after each step but a last one to 0.
///
/// Source: k-diffusion, "ancestral sampling with Euler method steps"; ComfyUI `sample_euler_ancestral`.
///
/// - Parameters:
///   - noise: plain; drawn once a step with `next > 0`.
///   - eta: share of the variance that is fresh, 0…1; 0 is Euler.
///   - sNoise: factor of the noise.
func sampleEulerAncestral(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource, eta: Float = 1, sNoise: Float = 1
) throws -> Tensor {
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        let denoised = try denoise(x, sigma, step: step)
        let (down, up) = ancestralStep(from: sigma, to: next, eta: eta)
        guard down > 0 else { x = denoised; continue }
        x = adding(down - sigma, derivative(x, denoised, sigma), to: x)
        if next > 0 { x = adding(sNoise * up, noise(sigma, next), to: x) }
    }
    return x
}
