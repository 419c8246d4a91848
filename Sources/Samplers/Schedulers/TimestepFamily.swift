internal import Glibc

/// Every n-th entry of the model's table, counted from the top without rounding drift.
///
/// - Returns: `steps + 1` falling sigmas, the last one 0.
func sigmasSimple(_ model: ModelSampling, steps: Int) -> [Float] {
    let table = model.sigmas
    let spacing = Double(table.count) / Double(steps)
    return (0..<steps).map { table[table.count - 1 - Int(Double($0) * spacing)] } + [0]
}

/// Equal steps of the timestep.
///
/// - Parameter leavesOutEnd: whether the lowest timestep is left to the final 0 (ComfyUI's `sgm_uniform`) or is a
///   step of its own (`normal`).
/// - Returns: `steps + 1` falling sigmas, the last one 0.
func sigmasUniform(_ model: ModelSampling, steps: Int, leavesOutEnd: Bool) -> [Float] {
    let start = model.timestep(model.sigmaMax)
    let end = model.timestep(model.sigmaMin)
    if leavesOutEnd {
        return linspace(start, end, steps + 1).dropLast().map { model.sigma(timestep: $0) } + [0]
    }
    // A table that itself ends (nearly) at 0 needs no 0 appended, but a point more.
    if abs(model.sigma(timestep: end)) <= 1e-5 {
        return linspace(start, end, steps + 1).map { model.sigma(timestep: $0) }
    }
    return linspace(start, end, steps).map { model.sigma(timestep: $0) } + [0]
}

/// Every n-th entry of the table from the second one up, with whole n.
///
/// Source: Song et al. 2021, DDIM, as its implementations spaced it. When n doesn't divide the table there are more
/// steps than asked for, and the first one starts below the highest level.
///
/// - Returns: falling sigmas, the last one 0.
func sigmasDDIMUniform(_ model: ModelSampling, steps: Int) -> [Float] {
    let table = model.sigmas
    let endsAtZero = table.count > 1 && abs(table[1]) <= 1e-5
    let spacing = max(table.count / (endsAtZero ? steps + 1 : steps), 1)
    let rising = stride(from: 1, to: table.count, by: spacing).map { table[$0] }
    return rising.reversed() + (endsAtZero ? [] : [0])
}

/// Timesteps at the quantiles of a beta distribution: for α, β below 1 more of them near both ends. Repeated ones are
/// dropped.
///
/// Source: Lee et al. 2024, "Beta sampling is all you need".
///
/// - Returns: at most `steps + 1` falling sigmas, the last one 0.
public func sigmasBeta(_ model: ModelSampling, steps: Int, alpha: Double, beta: Double) -> [Float] {
    let last = Double(model.sigmas.count - 1)
    var sigmas: [Float] = []
    var previous = -1
    for index in 0..<max(steps, 0) {
        let share = 1 - Double(index) / Double(steps)
        // The quantile ComfyUI takes (scipy's) lies a rounding above the exact one, so ties go up, not to even.
        let timestep = Int((betaQuantile(share, alpha, beta) * last + 1e-9).rounded(.toNearestOrEven))
        if timestep != previous { sigmas.append(model.sigmas[max(0, min(model.sigmas.count - 1, timestep))]) }
        previous = timestep
    }
    return sigmas + [0]
}

/// A line, then a parabola, in shares of the highest sigma: many tiny steps first.
///
/// Source: Genmo's Mochi sampler, with its threshold 0.025 and half of the steps on the line.
///
/// - Returns: `steps + 1` falling sigmas, the last one 0.
func sigmasLinearQuadratic(_ model: ModelSampling, steps: Int) -> [Float] {
    if steps == 1 { return [model.sigmaMax, 0] }
    let threshold = 0.025
    let line = steps / 2
    let parabola = Double(steps - line)
    let (n, l) = (Double(steps), Double(line))
    let excess = l - threshold * n
    let quadratic = excess / (l * parabola * parabola)
    let slope = threshold / l - 2 * excess / (parabola * parabola)
    let constant = quadratic * l * l
    let shares = (0..<steps).map { index -> Double in
        let i = Double(index)
        return index < line ? i * threshold / l : quadratic * i * i + slope * i + constant
    }
    return (shares + [1]).map { Float(1 - $0) * model.sigmaMax }
}

/// Noise levels of a distilled one-to-four-step model (SD Turbo): timesteps 999, 899 … 99, from a share of them on.
///
/// - Returns: at most `steps + 1` falling sigmas, the last one 0.
public func sigmasTurbo(_ model: ModelSampling, steps: Int, denoise: Double) -> [Float] {
    let start = 10 - Int(10 * denoise)
    let timesteps = (1...10).reversed().map { Float($0 * 100 - 1) }
    return timesteps.dropFirst(start).prefix(steps).map { model.sigma(timestep: $0) } + [0]
}
