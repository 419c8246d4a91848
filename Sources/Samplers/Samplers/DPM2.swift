internal import Glibc
internal import Tensors

/// DPM-Solver-2 in Karras's form: the derivative at the geometric middle of each step; two denoiser calls, one in a
/// last step to 0.
///
/// Source: Lu et al. 2022, "DPM-Solver"; Karras et al. 2022; ComfyUI `sample_dpm_2`.
func sampleDPM2(_ denoise: Denoiser, x: Tensor, sigmas: [Float]) throws -> Tensor {
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        let d = derivative(x, try denoise(x, sigma, step: step), sigma)
        guard next > 0 else { x = adding(next - sigma, d, to: x); continue }
        let middle = geometricMiddle(sigma, next)
        let x2 = adding(middle - sigma, d, to: x)
        let d2 = derivative(x2, try denoise(x2, middle), middle)
        x = adding(next - sigma, d2, to: x)
    }
    return x
}

/// DPM-Solver-2 with fresh noise after each step.
///
/// Source: k-diffusion; ComfyUI `sample_dpm_2_ancestral`.
///
/// - Parameter noise: plain; drawn once a step whose ancestral sigma is above 0.
func sampleDPM2Ancestral(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource, eta: Float = 1, sNoise: Float = 1
) throws -> Tensor {
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        let d = derivative(x, try denoise(x, sigma, step: step), sigma)
        let (down, up) = ancestralStep(from: sigma, to: next, eta: eta)
        guard down > 0 else { x = adding(down - sigma, d, to: x); continue }
        let middle = geometricMiddle(sigma, down)
        let x2 = adding(middle - sigma, d, to: x)
        let d2 = derivative(x2, try denoise(x2, middle), middle)
        x = adding(sNoise * up, noise(sigma, next), to: adding(down - sigma, d2, to: x))
    }
    return x
}

private func geometricMiddle(_ a: Float, _ b: Float) -> Float { expf((logf(a) + logf(b)) / 2) }
