internal import Glibc
internal import Tensors

/// How the second-order term of a multistep method is written.
public enum MultistepSolver: String, Sendable, CaseIterable { case midpoint, heun }

/// DPM-Solver++(2M) SDE: second order from the step before, one denoiser call and one noise a step; a last step to 0
/// takes the denoised latent.
///
/// Source: Lu et al. 2022, "DPM-Solver++", SDE-DPM-Solver++(2M) with η; ComfyUI `sample_dpmpp_2m_sde`.
///
/// - Parameter noise: Brownian; asked for (sigma, next), not at all with `eta` or `sNoise` 0.
func sampleDPMPP2MSDE(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource, eta: Float = 1, sNoise: Float = 1,
    solver: MultistepSolver = .midpoint
) throws -> Tensor {
    var x = x
    var previous: (denoised: Tensor, h: Float)?
    for (step, sigma, next) in steps(sigmas) {
        let denoised = try denoise(x, sigma, step: step)
        guard next > 0 else { x = denoised; continue }
        let h = lambda(next) - lambda(sigma)
        let k = h * (eta + 1)
        x = lincomb(next / sigma * expf(-h * eta), x, -expm1f(-k), denoised)
        if let previous {
            let r = previous.h / h
            let weight =
                switch solver {
                case .midpoint: 0.5 * -expm1f(-k)
                case .heun: -expm1f(-k) / -k + 1
                }
            x = adding(weight / r, denoised - previous.denoised, to: x)
        }
        if eta > 0, sNoise > 0 {
            x = adding(next * (-expm1f(-2 * h * eta)).squareRoot() * sNoise, noise(sigma, next), to: x)
        }
        previous = (denoised, h)
    }
    return x
}
