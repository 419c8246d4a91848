internal import Glibc
internal import Tensors

/// DPM-Solver++(3M) SDE: third order from the two steps before, one denoiser call and one noise a step.
///
/// Source: k-diffusion `sample_dpmpp_3m_sde`, by Crowson, after Lu et al. 2022.
///
/// - Parameter noise: Brownian; asked for (sigma, next), not at all with `eta` or `sNoise` 0.
func sampleDPMPP3MSDE(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource, eta: Float = 1, sNoise: Float = 1
) throws -> Tensor {
    var x = x
    var history: [(denoised: Tensor, h: Float)] = []  // newest first, at most two
    for (step, sigma, next) in steps(sigmas) {
        let denoised = try denoise(x, sigma, step: step)
        guard next > 0 else { x = denoised; continue }
        let h = lambda(next) - lambda(sigma)
        let k = h * (eta + 1)
        x = lincomb(next / sigma * expf(-h * eta), x, -expm1f(-k), denoised)
        let phi2 = expm1f(-k) / k + 1
        if history.count == 2 {
            let r0 = history[0].h / h, r1 = history[1].h / h
            let d10 = (denoised - history[0].denoised) / r0
            let d11 = (history[0].denoised - history[1].denoised) / r1
            let d1 = adding(r0 / (r0 + r1), d10 - d11, to: d10)
            let d2 = (d10 - d11) / (r0 + r1)
            let phi3 = phi2 / k - 0.5
            x = adding([(phi2, d1), (-phi3, d2)], to: x)
        } else if let last = history.first {
            let r = last.h / h
            x = adding(phi2, (denoised - last.denoised) / r, to: x)
        }
        if eta > 0, sNoise > 0 {
            x = adding(next * (-expm1f(-2 * h * eta)).squareRoot() * sNoise, noise(sigma, next), to: x)
        }
        history.insert((denoised, h), at: 0)
        if history.count > 2 { history.removeLast() }
    }
    return x
}
