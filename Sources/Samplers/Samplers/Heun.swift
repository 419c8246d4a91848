internal import Tensors

/// Heun's method: second order, two denoiser calls a step, one in a last step to 0.
///
/// Source: Karras et al. 2022, algorithm 2 without churn; ComfyUI `sample_heun`.
func sampleHeun(_ denoise: Denoiser, x: Tensor, sigmas: [Float]) throws -> Tensor {
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        let d = derivative(x, try denoise(x, sigma, step: step), sigma)
        let predicted = adding(next - sigma, d, to: x)
        guard next > 0 else { x = predicted; continue }
        let d2 = derivative(predicted, try denoise(predicted, next), next)
        x = Tensor.zip(x, Tensor.zip(d, d2) { ($0 + $1) / 2 }) { $0 + $1 * (next - sigma) }
    }
    return x
}

/// Heun++: up to three derivatives a step, weighted by the noise levels they belong to.
///
/// Source: sd-webui-samplers-scheduler, `sample_heunpp2`; ComfyUI `sample_heunpp2`.
///
/// - Parameter unused: called once a step and thrown away: the reference draws from the run's stream here, and
///   whoever continues that stream must find it in the same place.
func sampleHeunPP2(_ denoise: Denoiser, x: Tensor, sigmas: [Float], unused: NoiseSource) throws -> Tensor {
    var x = x
    guard let end = sigmas.last else { return x }
    for (step, sigma, next) in steps(sigmas) {
        _ = unused(sigma, next)
        let d = derivative(x, try denoise(x, sigma, step: step), sigma)
        let x2 = adding(next - sigma, d, to: x)
        guard next != end, step + 2 < sigmas.count else { x = x2; continue }
        let d2 = derivative(x2, try denoise(x2, next), next)
        let afterNext = sigmas[step + 2]
        if afterNext == end {
            let w2 = next / (2 * sigmas[0])
            x = adding(next - sigma, lincomb(1 - w2, d, w2, d2), to: x)
        } else {
            let x3 = adding(afterNext - next, d2, to: x2)
            let d3 = derivative(x3, try denoise(x3, afterNext), afterNext)
            let w2 = next / (3 * sigmas[0]), w3 = afterNext / (3 * sigmas[0])
            x = adding(next - sigma, lincomb(1 - w2 - w3, d, w2, d2, w3, d3), to: x)
        }
    }
    return x
}
