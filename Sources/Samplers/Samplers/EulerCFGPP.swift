internal import Tensors

/// CFG++ with Euler steps: moves to the guided prediction and noises it again along the unconditional direction.
///
/// Source: Chung et al. 2024, "CFG++", algorithm 2; ComfyUI `sample_euler_ancestral_cfg_pp`. Wants a low cfg.
///
/// - Parameters:
///   - noise: plain; drawn once a step with `next > 0`.
///   - eta: 0 draws no noise (`euler_cfg_pp`).
func sampleEulerAncestralCFGPP(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource, eta: Float = 1, sNoise: Float = 1
) throws -> Tensor {
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        let prediction = try denoise.both(x, sigma, step: step)
        guard next > 0 else { x = prediction.denoised; continue }
        let d = derivative(x, prediction.unconditional, sigma)
        let (down, up) = ancestralStep(from: sigma, to: next, eta: eta)
        x = adding(down, d, to: prediction.denoised)
        if eta > 0, sNoise > 0 { x = adding(sNoise * up, noise(sigma, next), to: x) }
    }
    return x
}

/// The "alternative" CFG++ of ComfyUI's SamplerEulerCFGpp node: an Euler step whose target is mirrored at the
/// unconditional part.
///
/// The last step is no exception: its result is not the denoised latent.
func sampleEulerCFGPPAlternative(_ denoise: Denoiser, x: Tensor, sigmas: [Float]) throws -> Tensor {
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        let prediction = try denoise.both(x, sigma, step: step)
        let target = lincomb(2, prediction.denoised, -1, prediction.unconditional)
        x = adding(next - sigma, derivative(x, target, sigma), to: x)
    }
    return x
}
