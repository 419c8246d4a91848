internal import Glibc
internal import Tensors

/// DPM-Solver++(2S) with fresh noise: second order within a step, two denoiser calls, one in a last step to 0.
///
/// Source: Lu et al. 2022, "DPM-Solver++", algorithm 1, with ancestral steps; ComfyUI `sample_dpmpp_2s_ancestral`.
///
/// - Parameter noise: plain; drawn once a step with `next > 0`.
func sampleDPMPP2SAncestral(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource, eta: Float = 1, sNoise: Float = 1
) throws -> Tensor {
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        let denoised = try denoise(x, sigma, step: step)
        let (down, up) = ancestralStep(from: sigma, to: next, eta: eta)
        if down == 0 {
            x = adding(down - sigma, derivative(x, denoised, sigma), to: x)
        } else {
            let u = lambda(sigma)
            let h = lambda(down) - u
            let middle = expf(-(u + 0.5 * h))
            let x2 = lincomb(middle / sigma, x, -expm1f(-h * 0.5), denoised)
            x = lincomb(down / sigma, x, -expm1f(-h), try denoise(x2, middle))
        }
        if next > 0 { x = adding(sNoise * up, noise(sigma, next), to: x) }
    }
    return x
}

/// DPM-Solver++(2S) with fresh noise and CFG++.
///
/// Source: ComfyUI `sample_dpmpp_2s_ancestral_cfg_pp`, after Chung et al. 2024. The second stage starts from the
/// latent and the prediction of the first call, with the unconditional part of the second.
///
/// - Parameter noise: plain; drawn once a step with `next > 0`.
func sampleDPMPP2SAncestralCFGPP(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource, eta: Float = 1, sNoise: Float = 1
) throws -> Tensor {
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        let first = try denoise.both(x, sigma, step: step)
        let (down, up) = ancestralStep(from: sigma, to: next, eta: eta)
        if down == 0 {
            x = adding(down, derivative(x, first.unconditional, sigma), to: first.denoised)
        } else {
            let u = lambda(sigma)
            let h = lambda(down) - u
            let middle = expf(-(u + 0.5 * h))
            let shifted = x + (first.denoised - first.unconditional)
            let x2 = lincomb(middle / sigma, shifted, -expm1f(-h * 0.5), first.denoised)
            let second = try denoise.both(x2, middle)
            x = lincomb(down / sigma, x + (first.denoised - second.unconditional), -expm1f(-h), second.denoised)
        }
        if next > 0 { x = adding(sNoise * up, noise(sigma, next), to: x) }
    }
    return x
}
