internal import Problems
internal import Glibc
internal import Tensors

/// What steers `sa_solver`.
public struct SASolverOptions: Sendable, Hashable {
    /// τ inside the interval of noise levels below; 0 outside.
    public var eta: Float = 1
    /// Highest and lowest sigma that get fresh noise.
    public var noisyFrom: Float = .infinity
    public var noisyTo: Float = 0
    public var sNoise: Float = 1
    public var predictorOrder = 3
    public var correctorOrder = 4
    /// Evaluates again after the corrector.
    public var evaluatesTwice = false
    /// Second order by a simpler pair of weights.
    public var simpleOrder2 = false
    public init(evaluatesTwice: Bool = false) { self.evaluatesTwice = evaluatesTwice }

    func tau(_ sigma: Float) -> Float { sigma <= noisyFrom && sigma >= noisyTo ? eta : 0 }
}

/// Stochastic Adams method: predictor and corrector over up to four predictions, with as much fresh noise as τ says.
///
/// Source: Xue et al. 2023, "SA-Solver" (arXiv 2309.05019); ComfyUI `sample_sa_solver`. The noise of a predictor is
/// kept and added again by the corrector of the same step, to the uncorrected latent.
///
/// - Parameter noise: plain; drawn once a step with `next > 0` and τ > 0.
func sampleSASolver(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource, options: SASolverOptions
) throws -> Tensor {
    guard options.predictorOrder >= 1, options.correctorOrder >= 0 else {
        throw SamplingError(
            code: .invalidSetting,
            reason: "SA-Solver can't predict with order \(options.predictorOrder) and correct with order \(options.correctorOrder)",
            hint: "a predictor takes at least the last prediction; a corrector of order 0 corrects nothing")
    }
    let count = sigmas.count - 1
    let endsAtZero = sigmas.last == 0
    let lambdas = sigmas.map { lambda($0) }
    var x = x
    var predicted = x
    var predictions: [Tensor] = []  // oldest first
    var last: (noise: Tensor?, tau: Float, h: Float) = (nil, 0, 0)
    for (step, sigma, next) in steps(sigmas) {
        var denoised = try denoise(predicted, sigma, step: step)
        predictions.append(denoised)
        if predictions.count > max(options.predictorOrder, options.correctorOrder) { predictions.removeFirst() }
        var predictorOrder = min(options.predictorOrder, predictions.count)
        var correctorOrder =
            step == 0 || (next == 0 && !options.evaluatesTwice) ? 0 : min(options.correctorOrder, predictions.count)
        if endsAtZero {
            predictorOrder = min(predictorOrder, count - 1 - step)
            correctorOrder = min(correctorOrder, count - step)
        }

        if correctorOrder > 0 {
            let weights = adamsWeights(
                Array(lambdas[(step - correctorOrder + 1)...step]), from: lambdas[step - 1], to: lambdas[step], tau: last.tau,
                simpleOrder2: options.simpleOrder2, isCorrector: true)
            let decayed = x * (sigma / sigmas[step - 1] * expf(-last.tau * last.tau * last.h))
            x = adding(zip(weights, predictions.suffix(correctorOrder)), to: decayed)
            if let noise = last.noise { x = x + noise }
            if options.evaluatesTwice {
                denoised = try denoise(x, sigma)
                predictions[predictions.count - 1] = denoised
            }
        } else {
            x = predicted
        }

        guard next > 0 else { return denoised }
        let tau = options.tau(next)
        let h = lambdas[step + 1] - lambdas[step]
        let weights = adamsWeights(
            Array(lambdas[(step - predictorOrder + 1)...step]), from: lambdas[step], to: lambdas[step + 1], tau: tau,
            simpleOrder2: options.simpleOrder2, isCorrector: false)
        predicted = adding(
            zip(weights, predictions.suffix(predictorOrder)), to: x * (next / sigma * expf(-tau * tau * h)))
        last = (nil, tau, h)
        if tau > 0, options.sNoise > 0 {
            let fresh = noise(sigma, next) * (next * (-expm1f(-2 * tau * tau * h)).squareRoot() * options.sNoise)
            predicted = predicted + fresh
            last.noise = fresh
        }
    }
    return predicted
}

/// Weights of the predictions, oldest first: integrals of their Lagrange polynomials under e^((1+τ²)λ), from one λ to
/// the next.
///
/// In double precision and relative to the last λ: for close lambdas the system is ill-conditioned.
private func adamsWeights(
    _ lambdas: [Float], from: Float, to: Float, tau: Float, simpleOrder2: Bool, isCorrector: Bool
) -> [Float] {
    let k = 1 + Double(tau) * Double(tau)
    let h = Double(to) - Double(from)
    if simpleOrder2, lambdas.count == 2 {
        let whole = -expm1(-k * h)
        if isCorrector { return [Float(whole - k * h / 2), Float(k * h / 2)] }
        let old = k * h * h / 2 / (Double(lambdas[0]) - Double(from))
        return [Float(old), Float(whole - old)]
    }
    // c_p = k e^(−k·to) ∫ e^(kλ) (λ − to)^p dλ, by parts.
    let nodes = lambdas.map { Double($0) - Double(to) }
    var moments = [-expm1(-k * h)]
    for power in 1..<max(nodes.count, 1) {
        let p = Double(power)
        moments.append(-pow(-h, p) * exp(-k * h) - p / k * moments[power - 1])
    }
    let vandermonde = nodes.indices.map { power in nodes.map { pow($0, Double(power)) } }
    return solved(vandermonde, Array(moments.prefix(nodes.count))).map { Float($0) }
}
