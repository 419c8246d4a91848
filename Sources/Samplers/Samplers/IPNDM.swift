internal import Tensors

/// Improved pseudo-numerical method: Adams-Bashforth weights of up to four derivatives, as if steps were even.
///
/// Source: Zhang & Chen 2022 (arXiv 2204.13902), after Liu et al. 2022; ComfyUI `sample_ipndm`.
func sampleIPNDM(_ denoise: Denoiser, x: Tensor, sigmas: [Float]) throws -> Tensor {
    let weights: [[Float]] = [
        [1], [3.0 / 2, -1.0 / 2], [23.0 / 12, -16.0 / 12, 5.0 / 12], [55.0 / 24, -59.0 / 24, 37.0 / 24, -9.0 / 24],
    ]
    var x = x
    var history: [Tensor] = []  // newest first
    for (step, sigma, next) in steps(sigmas) {
        let denoised = try denoise(x, sigma, step: step)
        history.insert(derivative(x, denoised, sigma), at: 0)
        if history.count > 4 { history.removeLast() }
        guard next != 0 else { x = denoised; continue }
        let h = next - sigma
        x = adding(zip(weights[history.count - 1].map { $0 * h }, history), to: x)
    }
    return x
}

/// The same with weights for uneven steps.
///
/// Source: Zhang & Chen 2022 (arXiv 2204.13902); ComfyUI `sample_ipndm_v`.
func sampleIPNDMV(_ denoise: Denoiser, x: Tensor, sigmas: [Float]) throws -> Tensor {
    var x = x
    var history: [Tensor] = []  // newest first
    for (step, sigma, next) in steps(sigmas) {
        let denoised = try denoise(x, sigma, step: step)
        history.insert(derivative(x, denoised, sigma), at: 0)
        if history.count > 4 { history.removeLast() }
        guard next != 0 else { x = denoised; continue }
        // Steps, this one first: h[1] = σᵢ − σᵢ₋₁ and so on.
        let h = [next - sigma] + (1..<history.count).map { sigmas[step - $0 + 1] - sigmas[step - $0] }
        x = adding(zip(adamsBashforth(h).map { $0 * h[0] }, history), to: x)
    }
    return x
}

/// Adams-Bashforth weights on uneven steps, newest derivative first.
///
/// - Parameter h: the step to be made, then the steps before it, newest first; as many as derivatives.
private func adamsBashforth(_ h: [Float]) -> [Float] {
    if h.count == 1 { return [1] }
    let (h0, h1) = (h[0], h[1])
    let c0 = (2 + h0 / h1) / 2
    let c1 = -(h0 / h1) / 2
    if h.count == 2 { return [c0, c1] }
    let h2 = h[2]
    let t1 = (1 - h0 / (3 * (h0 + h1)) * (h0 * (h0 + h1)) / (h1 * (h1 + h2))) / 2
    if h.count == 3 { return [c0 + t1, c1 - (1 + h1 / h2) * t1, t1 * h1 / h2] }
    let h3 = h[3]
    let inner = (1 - h0 / (3 * (h0 + h1))) / 2 + (1 - h0 / (2 * (h0 + h1))) * h0 / (6 * (h0 + h1 + h2))
    let t2 = inner * (h0 * (h0 + h1) * (h0 + h1 + h2)) / (h1 * (h1 + h2) * (h1 + h2 + h3))
    let q = h1 * (h1 + h2) / (h2 * (h2 + h3))
    return [
        c0 + t1 + t2,
        c1 - (1 + h1 / h2) * t1 - (1 + h1 / h2 + q) * t2,
        t1 * h1 / h2 + (h1 / h2 + q * (1 + h2 / h3)) * t2,
        -t2 * q * h1 / h2,
    ]
}
