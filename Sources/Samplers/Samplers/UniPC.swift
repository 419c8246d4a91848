internal import Glibc
internal import Tensors

/// The two choices of B(h) in UniPC.
enum UniPCVariant { case bh1, bh2 }

/// UniPC: a predictor whose next evaluation corrects it, up to third order, one denoiser call a step.
///
/// Source: Zhao et al. 2023, "UniPC" (arXiv 2302.04867), multistep with data prediction; ComfyUI `sample_unipc`.
/// Works on variance preserving latents y = x / √(1 + σ²). A final sigma of 0 is replaced by 0.001. With a single
/// step the order is 0 and no update is made: the start comes back, rescaled.
func sampleUniPC(_ denoise: Denoiser, x: Tensor, sigmas: [Float], variant: UniPCVariant) throws -> Tensor {
    var sigmas = sigmas
    if sigmas.last == 0 { sigmas[sigmas.count - 1] = 0.001 }
    let count = sigmas.count - 1
    guard count > 0 else { return x }
    let order = min(3, sigmas.count - 2)
    var y = x / (1 + sigmas[0] * sigmas[0]).squareRoot()
    var history: [UniPCPoint] = []  // newest first
    for step in 0..<count {
        if step == 0 {
            history = [UniPCPoint(sigma: sigmas[0], denoised: try predictedData(denoise, y, sigmas[0], step: 0))]
            continue
        }
        // The last turn also makes the update to the end, which needs no evaluation there.
        let targets = step < order || step < count - 1 ? [step] : [step, count]
        for target in targets where order > 0 {
            let targetOrder = step < order ? step : min(order, count + 1 - target)
            var update = UniPCUpdate(history, to: sigmas[target], order: targetOrder, variant: variant)
            y = update.predicted(y)
            guard target < count else { break }
            let denoised = try predictedData(denoise, y, sigmas[target], step: target)
            y = update.corrected(with: denoised)
            history.insert(UniPCPoint(sigma: sigmas[target], denoised: denoised), at: 0)
            if history.count > order { history.removeLast() }
        }
    }
    return y / UniPCPoint.alpha(sigmas[count])
}

/// The denoised latent for y, by way of the noise and back as the reference computes it: near σ = 0 the float32
/// rounding of that way is visible in the result.
private func predictedData(_ denoise: Denoiser, _ y: Tensor, _ sigma: Float, step: Int) throws -> Tensor {
    let x = y * (sigma * sigma + 1).squareRoot()
    let eps = derivative(x, try denoise(x, sigma, step: step), sigma)
    let (alpha, deviation) = (UniPCPoint.alpha(sigma), UniPCPoint.deviation(sigma))
    return Tensor.zip(y, eps) { ($0 - deviation * $1) / alpha }
}

/// A noise level that was evaluated.
private struct UniPCPoint {
    let sigma: Float
    let denoised: Tensor

    // The logarithms are kept as the reference writes them: at σ = 0.001 their float32 error is nearly a percent.
    private static func logAlpha(_ sigma: Float) -> Float { 0.5 * logf(1 / (sigma * sigma + 1)) }
    static func alpha(_ sigma: Float) -> Float { expf(logAlpha(sigma)) }
    static func deviation(_ sigma: Float) -> Float { (1 - expf(2 * logAlpha(sigma))).squareRoot() }
    static func lambda(_ sigma: Float) -> Float { logAlpha(sigma) - 0.5 * logf(1 - expf(2 * logAlpha(sigma))) }
}

/// One step of the method: predictor and corrector share their coefficients.
private struct UniPCUpdate {
    private let order: Int
    private let ratio: Float
    private let scale: Float
    private let phi1: Float
    private let newest: Tensor
    private let differences: [Tensor]
    private let predictor: [Float]
    private let corrector: [Float]
    private let correction: Float
    private var base: Tensor?

    init(_ history: [UniPCPoint], to target: Float, order: Int, variant: UniPCVariant) {
        let newestPoint = history[0]
        let start = UniPCPoint.lambda(newestPoint.sigma)
        let h = UniPCPoint.lambda(target) - start
        let older = history[1..<order]
        let olderRatios = older.map { (UniPCPoint.lambda($0.sigma) - start) / h }
        let ratios = olderRatios + [1]
        let hh = -h
        let phi1 = expm1f(hh)
        let b = variant == .bh1 ? hh : phi1
        var phi = phi1 / hh - 1
        var factorial: Float = 1
        var matrix: [[Double]] = []
        var right: [Double] = []
        for power in 1...order {
            matrix.append(ratios.map { Double(powf($0, Float(power - 1))) })
            right.append(Double(phi * factorial / b))
            factorial *= Float(power + 1)
            phi = phi / hh - 1 / factorial
        }
        self.order = order
        self.phi1 = phi1
        ratio = UniPCPoint.deviation(target) / UniPCPoint.deviation(newestPoint.sigma)
        scale = UniPCPoint.alpha(target)
        newest = newestPoint.denoised
        differences = zip(older, olderRatios).map { ($0.denoised - newestPoint.denoised) / $1 }
        predictor =
            switch order {
            case 1: []
            case 2: [0.5]
            default: solved(matrix.dropLast().map { Array($0.dropLast()) }, right.dropLast()).map { Float($0) }
            }
        corrector = order == 1 ? [0.5] : solved(matrix, right).map { Float($0) }
        correction = scale * b
    }

    /// The predicted y at the target; remembers what the corrector starts from.
    mutating func predicted(_ y: Tensor) -> Tensor {
        let base = lincomb(ratio, y, -scale * phi1, newest)
        self.base = base
        return adding(zip(predictor.map { -correction * $0 }, differences), to: base)
    }

    /// The corrected y, once the denoised latent at the predicted one is known.
    func corrected(with denoised: Tensor) -> Tensor {
        let terms = zip(corrector.map { -correction * $0 }, differences + [denoised - newest])
        return adding(terms, to: base ?? newest)
    }
}
