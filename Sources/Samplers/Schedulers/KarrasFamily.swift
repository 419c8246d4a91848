internal import Glibc

/// Equal steps in σ^(1/ρ): short ones where there is little noise.
///
/// Source: Karras et al. 2022, eq. 5.
///
/// - Parameters:
///   - sigmaMax: the first noise level (SD1: 14.61).
///   - sigmaMin: the last one above 0 (SD1: 0.029).
/// - Returns: `steps + 1` falling sigmas, the last one 0.
public func sigmasKarras(steps: Int, from sigmaMax: Float, to sigmaMin: Float, rho: Double = 7) -> [Float] {
    let first = pow(Double(sigmaMax), 1 / rho), last = pow(Double(sigmaMin), 1 / rho)
    let (start, range) = (Float(first), Float(last - first))
    return linspace(0, 1, steps).map { powf(start + $0 * range, Float(rho)) } + [0]
}

/// Equal steps in log σ.
///
/// - Returns: `steps + 1` falling sigmas, the last one 0.
public func sigmasExponential(steps: Int, from sigmaMax: Float, to sigmaMin: Float) -> [Float] {
    linspace(Float(log(Double(sigmaMax))), Float(log(Double(sigmaMin))), steps).map { expf($0) } + [0]
}

/// Steps in log σ that a power ρ makes uneven; 1 is exponential.
///
/// - Returns: `steps + 1` falling sigmas, the last one 0.
public func sigmasPolyexponential(steps: Int, from sigmaMax: Float, to sigmaMin: Float, rho: Double) -> [Float] {
    let low = Float(log(Double(sigmaMin)))
    let range = Float(log(Double(sigmaMax)) - log(Double(sigmaMin)))
    return linspace(1, 0, steps).map { expf(powf($0, Float(rho)) * range + low) } + [0]
}

/// Even steps of an angle: tan of a line between the arctangents.
///
/// Source: Sabour et al. 2024, "Align Your Steps", eq. for the optimal KL bound. A single step divides 0 by 0, as it
/// does there.
///
/// - Returns: `steps + 1` falling sigmas, the last one 0.
public func sigmasKLOptimal(steps: Int, from sigmaMax: Float, to sigmaMin: Float) -> [Float] {
    let low = Float(atan(Double(sigmaMin))), high = Float(atan(Double(sigmaMax)))
    return (0..<max(steps, 0)).map { index in
        let share = Float(index) / Float(steps - 1)
        return tanf(share * low + (1 - share) * high)
    } + [0]
}

/// Noise levels of the variance preserving SDE at even times.
///
/// Source: Song et al. 2021, "Score-based generative modeling"; eq. 32 with σ(t) of Karras et al. 2022, table 1.
///
/// - Parameters:
///   - betaD: slope of β(t), 19.9 for its authors' models.
///   - betaMin: β(0), 0.1 for theirs.
///   - epsilon: the last time, a little above 0.
/// - Returns: `steps + 1` falling sigmas, the last one 0.
public func sigmasVP(steps: Int, betaD: Double, betaMin: Double, epsilon: Double) -> [Float] {
    linspace(1, Float(epsilon), steps).map { t in
        expm1f(Float(betaD) * t * t / 2 + Float(betaMin) * t).squareRoot()
    } + [0]
}

/// Noise levels by the quantiles of a Laplace distribution of log σ: many near `mu`.
///
/// Source: Hang et al. 2024, "Improved noise schedule for diffusion training".
///
/// - Returns: `steps` falling sigmas; no 0 is appended.
public func sigmasLaplace(
    steps: Int, from sigmaMax: Float, to sigmaMin: Float, mu: Double = 0, beta: Double = 0.5
) -> [Float] {
    linspace(0, 1, steps).map { x in
        let offset: Float = 0.5 - x
        let sign: Float = offset > 0 ? 1 : offset < 0 ? -1 : 0
        let lambda = Float(mu) - Float(beta) * sign * logf(1 - 2 * abs(offset) + 1e-5)
        return max(sigmaMin, min(sigmaMax, expf(lambda)))
    }
}

/// Even noise levels of a flow, shifted towards noise by the number of tokens.
///
/// Source: Esser et al. 2024, section 5.3.2; HaCohen et al. 2024, "LTX-Video", for the shifts and the stretching.
///
/// - Parameters:
///   - tokens: places of the latent; 1024 take `baseShift`, 4096 `maxShift`, others a line through both.
///   - terminal: what the last level above 0 is stretched to, below 1; `nil` leaves it.
/// - Returns: `steps + 1` falling sigmas from 1, the last one 0.
public func sigmasShifted(
    steps: Int, tokens: Int, baseShift: Double, maxShift: Double, terminal: Double?
) -> [Float] {
    let slope = (maxShift - baseShift) / (4096 - 1024)
    let shift = Float(exp(Double(tokens) * slope + baseShift - slope * 1024))
    var sigmas = linspace(1, 0, steps + 1).map { $0 == 0 ? 0 : shift / (shift + (1 / $0 - 1)) }
    if let terminal, let last = sigmas.last(where: { $0 != 0 }) {
        let scale = (1 - last) / Float(1 - terminal)
        sigmas = sigmas.map { $0 == 0 ? 0 : 1 - (1 - $0) / scale }
    }
    return sigmas
}
