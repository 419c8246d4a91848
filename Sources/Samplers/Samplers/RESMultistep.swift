internal import Glibc
internal import Tensors

/// Refined exponential solver, second order from the step before; one denoiser call a step.
///
/// Source: Zhang et al. 2023, "RES" (arXiv 2308.02157); ComfyUI `res_multistep`, which compares with the *ancestral*
/// sigma of the step before and the sigma before that.
///
/// - Parameters:
///   - noise: plain; drawn once a step with `next > 0` and `eta > 0`.
///   - eta: share of fresh noise; 0 is deterministic.
///   - cfgPP: takes the direction from the unconditional prediction (Chung et al. 2024).
func sampleRESMultistep(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource, eta: Float = 0, sNoise: Float = 1, cfgPP: Bool = false
) throws -> Tensor {
    var x = x
    var previous: (estimate: Tensor, down: Float)?
    for (step, sigma, next) in steps(sigmas) {
        let prediction = try denoise.both(x, sigma, step: step)
        let denoised = prediction.denoised
        let estimate = cfgPP ? prediction.unconditional : denoised
        let (down, up) = ancestralStep(from: sigma, to: next, eta: eta)
        if down > 0, let previous {
            let h = lambda(down) - lambda(sigma)
            let c2 = (lambda(sigmas[step - 1]) - lambda(previous.down)) / h
            let phi1 = expm1f(-h) / -h
            let phi2 = (phi1 - 1) / -h
            let b1 = finite(phi1 - phi2 / c2), b2 = finite(phi2 / c2)
            let base = cfgPP ? x + (denoised - estimate) : x
            x = lincomb(expf(-h), base, h * b1, estimate, h * b2, previous.estimate)
        } else if cfgPP {
            x = adding(down, derivative(x, estimate, sigma), to: denoised)
        } else {
            x = adding(down - sigma, derivative(x, denoised, sigma), to: x)
        }
        if next > 0, eta > 0 { x = adding(up * sNoise, noise(sigma, next), to: x) }
        previous = (estimate, down)
    }
    return x
}

private func finite(_ value: Float) -> Float { value.isNaN ? 0 : value }
