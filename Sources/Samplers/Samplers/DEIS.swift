internal import Glibc
internal import Tensors

/// Diffusion exponential integrator, "tab" variant of order 3: Lagrange polynomials in the time of the variance
/// preserving SDE.
///
/// Source: Zhang & Chen 2022, "Fast sampling of diffusion models with exponential integrator" (arXiv 2204.13902);
/// ComfyUI `sample_deis`. Weights come from the same 10,000-point sums as the reference's, whose small error is part
/// of the result.
func sampleDEIS(_ denoise: Denoiser, x: Tensor, sigmas: [Float]) throws -> Tensor {
    var x = x
    var history: [Tensor] = []  // newest first
    for (step, sigma, next) in steps(sigmas) {
        let d = derivative(x, try denoise(x, sigma, step: step), sigma)
        history.insert(d, at: 0)
        if history.count > 3 { history.removeLast() }
        if history.count == 1 || next <= 0 {
            x = adding(next - sigma, d, to: x)
        } else {
            let times = history.indices.map { DEISTime.of(sigmas[step - $0]) }
            let weights = DEISTime.weights(times, to: DEISTime.of(next))
            x = adding(zip(weights.map { Float($0) }, history), to: x)
        }
    }
    return x
}

/// The time τ of the SDE whose noise levels run from 0.002 to 80, as EDM's models were trained; the model's own range
/// doesn't matter.
private enum DEISTime {
    private static let epsilon = 1e-3
    private static let (b0, b1): (Double, Double) = {
        let low = log(0.002 * 0.002 + 1), high = log(80.0 * 80.0 + 1)
        let slope = 2 * (low / epsilon - high) / (epsilon - 1)
        let start = high - slope / 2
        return (start, slope + start)
    }()

    static func of(_ sigma: Float) -> Double {
        let slope = b1 - b0
        let s = Double(sigma)
        return ((b0 * b0 + 2 * slope * log(s * s + 1)).squareRoot() - b0) / slope
    }

    /// The integrand's factor: −½ d(ln ᾱ)/dτ / √(ᾱ(1 − ᾱ)).
    private static func density(_ t: Double) -> Double {
        let alpha = exp(-t * t * (b1 - b0) / 2 - t * b0)
        return 0.5 * (t * (b1 - b0) + b0) / (alpha * (1 - alpha)).squareRoot()
    }

    /// Weight of each derivative for the step from `times[0]`.
    static func weights(_ times: [Double], to next: Double) -> [Double] {
        let points = 10_000
        let width = next - times[0]
        var sums = [Double](repeating: 0, count: times.count)
        for point in 0..<points {
            let t = times[0] + width * Double(point) / Double(points - 1)
            let density = density(t)
            for index in times.indices {
                var value = density
                for other in times.indices where other != index {
                    value *= (t - times[other]) / (times[index] - times[other])
                }
                sums[index] += value
            }
        }
        return sums.map { $0 * width / Double(points) }
    }
}
