internal import Glibc
internal import Tensors

/// DPM-Solver++(2M): second order, one denoiser call a step, no noise drawn.
///
/// Source: Lu et al. 2022, "DPM-Solver++", algorithm 2, in λ = −log σ; ComfyUI `sample_dpmpp_2m`.
func sampleDPMPP2M(_ denoise: Denoiser, x: Tensor, sigmas: [Float]) throws -> Tensor {
    var x = x
    var previous: (denoised: Tensor, h: Float)?
    for (step, sigma, next) in steps(sigmas) {
        let denoised = try denoise(x, sigma, step: step)
        guard next > 0 else { x = denoised; continue }  // the update's limit for next → 0
        let h = lambda(next) - lambda(sigma)
        var estimate = denoised
        if let previous {
            let r = previous.h / h
            estimate = lincomb(1 + 1 / (2 * r), denoised, -1 / (2 * r), previous.denoised)
        }
        x = lincomb(next / sigma, x, -expm1f(-h), estimate)
        previous = (denoised, h)
    }
    return x
}

/// DPM-Solver++(2M) with CFG++: the direction comes from the unconditional prediction.
///
/// Source: ComfyUI `sample_dpmpp_2m_cfg_pp`, after Chung et al. 2024.
func sampleDPMPP2MCFGPP(_ denoise: Denoiser, x: Tensor, sigmas: [Float]) throws -> Tensor {
    var x = x
    var previous: (unconditional: Tensor, h: Float)?
    for (step, sigma, next) in steps(sigmas) {
        let (denoised, unconditional) = try { ($0.denoised, $0.unconditional) }(denoise.both(x, sigma, step: step))
        let h = lambda(next) - lambda(sigma)
        let decay = expf(-h)
        var mix = unconditional.map { -decay * $0 }
        if let previous, next > 0 {
            let r = previous.h / h
            mix = adding(-expm1f(-h) / (2 * r), denoised - previous.unconditional, to: mix)
        }
        x = Tensor.zip(denoised + mix, x) { $0 + decay * $1 }
        previous = (unconditional, h)
    }
    return x
}
