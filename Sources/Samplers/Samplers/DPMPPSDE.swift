internal import Glibc
internal import Tensors

/// DPM-Solver++ (SDE): two denoiser calls and two correlated noises a step; a last step to 0 takes the denoised
/// latent.
///
/// Source: Lu et al. 2022, "DPM-Solver++", with ancestral steps between; ComfyUI `sample_dpmpp_sde`.
///
/// - Parameters:
///   - noise: Brownian; asked for (sigma, middle) and (sigma, next), not at all with `eta` or `sNoise` 0.
///   - r: where between the two lambdas the middle lies, above 0.
func sampleDPMPPSDE(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource, eta: Float = 1, sNoise: Float = 1, r: Float = 0.5
) throws -> Tensor {
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        let denoised = try denoise(x, sigma, step: step)
        guard next > 0 else { x = denoised; continue }
        let (la, lb) = (lambda(sigma), lambda(next))
        let middle = expf(-(la + r * (lb - la)))
        /// One exponential-integrator step towards a prediction, with its noise.
        func stepped(to target: Float, towards estimate: Tensor) -> Tensor {
            let (down, up) = ancestralStep(from: sigma, to: target, eta: eta)
            let h = lambda(down) - la
            let stepped = lincomb(expf(-h), x, -expm1f(-h), estimate)
            return eta > 0 && sNoise > 0 ? adding(sNoise * up, noise(sigma, target), to: stepped) : stepped
        }
        let x2 = stepped(to: middle, towards: denoised)
        let denoised2 = try denoise(x2, middle)
        let factor = 1 / (2 * r)
        x = stepped(to: next, towards: lincomb(1 - factor, denoised, factor, denoised2))
    }
    return x
}
