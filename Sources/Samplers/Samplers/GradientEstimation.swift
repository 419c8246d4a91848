internal import Tensors

/// Euler's method with the derivative extrapolated from the last two.
///
/// Source: Permenter & Yuan 2023 (arXiv 2306.04848), "Interpreting and improving diffusion models from an
/// optimization perspective"; ComfyUI `sample_gradient_estimation`.
///
/// - Parameters:
///   - gamma: 1 is Euler; 2 is the paper's.
///   - cfgPP: takes the direction from the unconditional prediction (Chung et al. 2024).
func sampleGradientEstimation(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], gamma: Float = 2, cfgPP: Bool = false
) throws -> Tensor {
    var x = x
    var previous: Tensor?
    for (step, sigma, next) in steps(sigmas) {
        let prediction = try denoise.both(x, sigma, step: step)
        let d = derivative(x, cfgPP ? prediction.unconditional : prediction.denoised, sigma)
        guard next > 0 else { x = prediction.denoised; continue }
        let h = next - sigma
        x = cfgPP ? adding(next, d, to: prediction.denoised) : adding(h, d, to: x)
        if let previous { x = adding((gamma - 1) * h, d - previous, to: x) }
        previous = d
    }
    return x
}
