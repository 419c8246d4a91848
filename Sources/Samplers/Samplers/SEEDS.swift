internal import Glibc
internal import Tensors

/// Noise of an Ornstein-Uhlenbeck path: what is left of the noise so far after `h`, and fresh noise for what was
/// lost.
private func continued(_ z: Tensor, over h: Float, fresh: Tensor) -> Tensor {
    lincomb(expf(-h), z, (-expm1f(-2 * h)).squareRoot(), fresh)
}

/// SEEDS-2: an exponential solver of the SDE with two stages; two denoiser calls and two noises a step.
///
/// Source: Gonzalez et al. 2023, "SEEDS" (arXiv 2305.14267), algorithm 2; ComfyUI `sample_seeds_2`.
///
/// - Parameters:
///   - noise: plain; drawn twice a step with `next > 0`.
///   - r: where between the lambdas the middle lies.
func sampleSEEDS2(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource, eta: Float = 1, sNoise: Float = 1, r: Float = 0.5
) throws -> Tensor {
    let injects = eta > 0 && sNoise > 0
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        let denoised = try denoise(x, sigma, step: step)
        guard next > 0 else { x = denoised; continue }
        let h = lambda(next) - lambda(sigma)
        let k = h * (eta + 1)
        let middle = expf(-(lambda(sigma) + r * h))
        var x2 = lincomb(middle / sigma * expf(-r * h * eta), x, -expm1f(-r * k), denoised)
        var z = Tensor.zeros(x.shape)
        if injects {
            z = continued(z, over: r * h * eta, fresh: noise(sigma, middle))
            x2 = adding(middle * sNoise, z, to: x2)
        }
        let denoised2 = try denoise(x2, middle)
        let estimate = adding(1 / (2 * r), denoised2 - denoised, to: denoised)
        x = lincomb(next / sigma * expf(-h * eta), x, -expm1f(-k), estimate)
        if injects {
            z = continued(z, over: (1 - r) * h * eta, fresh: noise(middle, next))
            x = adding(next * sNoise, z, to: x)
        }
    }
    return x
}

/// SEEDS-3: the same with three stages; three denoiser calls and three noises a step.
///
/// Source: Gonzalez et al. 2023, "SEEDS" (arXiv 2305.14267), algorithm 3; ComfyUI `sample_seeds_3`.
///
/// - Parameter noise: plain; drawn three times a step with `next > 0`.
func sampleSEEDS3(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource, eta: Float = 1, sNoise: Float = 1,
    r1: Float = 1 / 3, r2: Float = 2 / 3
) throws -> Tensor {
    let injects = eta > 0 && sNoise > 0
    func phi2(_ v: Float) -> Float { (expm1f(v) - v) / v }
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        let denoised = try denoise(x, sigma, step: step)
        guard next > 0 else { x = denoised; continue }
        let la = lambda(sigma)
        let h = lambda(next) - la
        let k = h * (eta + 1)
        let (s1, s2) = (expf(-(la + r1 * h)), expf(-(la + r2 * h)))
        var z = Tensor.zeros(x.shape)
        /// Adds the path's noise at a sigma, after another stretch of it.
        func noised(_ latent: Tensor, over share: Float, from: Float, to: Float) -> Tensor {
            guard injects else { return latent }
            z = continued(z, over: share * h * eta, fresh: noise(from, to))
            return adding(to * sNoise, z, to: latent)
        }
        var x2 = lincomb(s1 / sigma * expf(-r1 * h * eta), x, -expm1f(-r1 * k), denoised)
        x2 = noised(x2, over: r1, from: sigma, to: s1)
        let denoised2 = try denoise(x2, s1)

        let a2 = r2 / r1 * phi2(-r2 * k)
        let a1 = expm1f(-r2 * k) - a2
        var x3 = lincomb(s2 / sigma * expf(-r2 * h * eta), x, -a1, denoised, -a2, denoised2)
        x3 = noised(x3, over: r2 - r1, from: s1, to: s2)
        let denoised3 = try denoise(x3, s2)

        let b3 = phi2(-k) / r2
        let b1 = expm1f(-k) - b3
        x = lincomb(next / sigma * expf(-h * eta), x, -b1, denoised, -b3, denoised3)
        x = noised(x, over: 1 - r2, from: s2, to: next)
    }
    return x
}
