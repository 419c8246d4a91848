internal import Glibc
internal import Tensors

/// Which extended reverse-time SDE is solved.
public enum ERSDEKind: String, Sendable, CaseIterable {
    case erSDE = "ER-SDE"
    case reverseTimeSDE = "Reverse-time SDE"
    case ode = "ODE"

    /// The noise scaling function f(σ) of the paper.
    func scaling(eta: Float) -> (Float) -> Float {
        switch self {
        case .erSDE: { $0 * (expf(powf($0, 0.3)) + 10) }
        case .reverseTimeSDE: { powf($0, eta + 1) }
        case .ode: { $0 }
        }
    }
}

/// Extended reverse-time SDE solver of up to third order from the steps before; one denoiser call and one noise a
/// step.
///
/// Source: Cui et al. 2023, "Elucidating the solution space of extended reverse-time SDE" (arXiv 2309.06169),
/// ER-SDE-Solver-3; ComfyUI `sample_er_sde`.
///
/// - Parameters:
///   - noise: plain; drawn once a step with `next > 0`, not at all for the ODE.
///   - maxStage: highest order, 1…3.
func sampleERSDE(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource, kind: ERSDEKind = .erSDE, maxStage: Int = 3,
    eta: Float = 1, sNoise: Float = 1
) throws -> Tensor {
    let f = kind.scaling(eta: eta)
    let integrationPoints = 200
    var x = x
    var previous: Tensor?
    var previousSlope: Tensor?
    for (step, sigma, next) in steps(sigmas) {
        let denoised = try denoise(x, sigma, step: step)
        defer { previous = denoised }
        guard next > 0 else { x = denoised; continue }
        let r = f(next) / f(sigma)
        x = lincomb(r, x, 1 - r, denoised)
        if maxStage > 1, let previous {
            let h = next - sigma
            let width = -h / Float(integrationPoints)
            let points = (0..<integrationPoints).map { next + Float($0) * width }
            let s = width * points.reduce(0) { $0 + 1 / f($1) }
            let slope = (denoised - previous) / (sigma - sigmas[step - 1])
            x = adding(h + s * f(next), slope, to: x)
            if maxStage > 2, let previousSlope {
                let su = width * points.reduce(0) { $0 + ($1 - sigma) / f($1) }
                let curvature = (slope - previousSlope) / ((sigma - sigmas[step - 2]) / 2)
                x = adding(h * h / 2 + su * f(next), curvature, to: x)
            }
            previousSlope = slope
        }
        if sNoise > 0, kind != .ode {
            let deviation = (next * next - sigma * sigma * r * r).squareRoot()
            let fresh = noise(sigma, next)
            if !deviation.isNaN { x = adding(sNoise * deviation, fresh, to: x) }
        }
    }
    return x
}
