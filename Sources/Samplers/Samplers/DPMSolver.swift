internal import Problems
internal import Glibc
internal import Tensors

/// Single-step DPM-Solvers of order 1 to 3 in u = −ln σ, for `dpm_fast` and `dpm_adaptive`.
///
/// Source: Lu et al. 2022, "DPM-Solver", algorithms 1, 2 and 4, with σ̂ = e^−u.
struct DPMSolver {
    let denoise: Denoiser

    static func sigma(_ u: Float) -> Float { expf(-u) }

    /// The noise in `x`, in units of its sigma.
    func eps(_ x: Tensor, _ u: Float) throws -> Tensor {
        derivative(x, try denoise(x, Self.sigma(u)), Self.sigma(u))
    }

    /// - Parameter e0: `eps` at the start of the step. (For the others too.)
    func first(_ x: Tensor, from u: Float, to next: Float, e0: Tensor) -> Tensor {
        adding(-Self.sigma(next) * expm1f(next - u), e0, to: x)
    }

    /// - Returns: the new latent, and the inner `eps`, which the third order shares.
    func second(
        _ x: Tensor, from u: Float, to next: Float, e0: Tensor, r: Float = 0.5
    ) throws -> (x: Tensor, e1: Tensor) {
        let h = next - u
        let inner = u + r * h
        let a = adding(-Self.sigma(inner) * expm1f(r * h), e0, to: x)
        let e1 = try eps(a, inner)
        let scale = Self.sigma(next)
        return (adding([(-scale * expm1f(h), e0), (-scale / (2 * r) * expm1f(h), e1 - e0)], to: x), e1)
    }

    /// - Parameter e1: `eps` after a third of the step, from `second` with r = 1/3; computed if absent.
    func third(_ x: Tensor, from u: Float, to next: Float, e0: Tensor, e1 known: Tensor? = nil) throws -> Tensor {
        let (r1, r2): (Float, Float) = (1 / 3, 2 / 3)
        let h = next - u
        let e1 =
            try known ?? eps(adding(-Self.sigma(u + r1 * h) * expm1f(r1 * h), e0, to: x), u + r1 * h)
        let s2 = u + r2 * h
        let a2 = adding(
            [
                (-Self.sigma(s2) * expm1f(r2 * h), e0),
                (-Self.sigma(s2) * (r2 / r1) * (expm1f(r2 * h) / (r2 * h) - 1), e1 - e0),
            ], to: x)
        let e2 = try eps(a2, s2)
        let scale = Self.sigma(next)
        return adding([(-scale * expm1f(h), e0), (-scale / r2 * (expm1f(h) / h - 1), e2 - e0)], to: x)
    }
}

/// The interval of u that a schedule spans: from its first to its smallest positive sigma. A final 0 is out of reach.
private func interval(_ sigmas: [Float]) throws(SamplingError) -> (from: Float, to: Float) {
    let last = sigmas.last == 0 ? sigmas.dropLast().last : sigmas.last
    guard let first = sigmas.first, let last, last > 0, first > 0 else {
        throw SamplingError(
            code: .invalidSchedule, reason: "dpm_fast and dpm_adaptive need sigmas above 0, these are \(sigmas)",
            hint: "leave the first 0 out")
    }
    return (lambda(first), lambda(last))
}

/// DPM-Solver-fast: as many third-order steps as a budget of denoiser calls allows, the rest by lower orders.
///
/// Source: Lu et al. 2022, "DPM-Solver", section 3.4. The result still has noise of the smallest positive sigma; the
/// schedule between its ends doesn't matter.
///
/// - Parameter sigmas: `n + 1` of them allow `n` calls.
func sampleDPMFast(_ denoise: Denoiser, x: Tensor, sigmas: [Float]) throws -> Tensor {
    let calls = sigmas.count - 1
    guard calls > 0 else { return x }
    let (start, end) = try interval(sigmas)
    let count = calls / 3 + 1
    let orders =
        calls % 3 == 0 ? [Int](repeating: 3, count: count - 2) + [2, 1] : [Int](repeating: 3, count: count - 1) + [calls % 3]
    let times = linspace(start, end, count + 1)
    let solver = DPMSolver(denoise: denoise)
    var x = x
    for (step, order) in orders.enumerated() {
        let (u, next) = (times[step], times[step + 1])
        let sigma = DPMSolver.sigma(u)
        let e0 = derivative(x, try denoise(x, sigma, step: step), sigma)
        switch order {
        case 1: x = solver.first(x, from: u, to: next, e0: e0)
        case 2: x = try solver.second(x, from: u, to: next, e0: e0).x
        default: x = try solver.third(x, from: u, to: next, e0: e0)
        }
    }
    return x
}

/// What steers `dpm_adaptive`.
public struct AdaptiveStepOptions: Sendable, Hashable {
    /// 2 or 3.
    public var order = 3
    /// Accepted error, relative to the latent and absolute.
    public var rtol: Float = 0.05
    public var atol: Float = 0.0078
    /// The first step in ln σ.
    public var hInit: Float = 0.05
    /// Coefficients of the step controller.
    public var pcoeff = 0.0, icoeff = 1.0, dcoeff = 0.0
    /// Steps whose proposed change is below this factor are tried again.
    public var acceptSafety = 0.81
    public var eta: Float = 0
    public var sNoise: Float = 1
    public init() {}
}

/// DPM-Solver-12 or -23 with adaptive steps: goes on until the smallest positive sigma, however many calls that
/// takes.
///
/// Source: Lu et al. 2022, "DPM-Solver", appendix C, with the PID controller of torchdiffeq as k-diffusion has it.
/// One error is computed for the whole batch, so items steer one another.
///
/// - Parameter noise: plain; drawn once an accepted step if `eta > 0`.
func sampleDPMAdaptive(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: NoiseSource, options: AdaptiveStepOptions = AdaptiveStepOptions()
) throws -> Tensor {
    guard sigmas.count > 1 else { return x }
    let (start, end) = try interval(sigmas)
    let solver = DPMSolver(denoise: denoise)
    var controller = StepController(options)
    var (x, previous, u) = (x, x, start)
    var step = 0
    while u < end - 1e-5 {
        let next = min(end, u + controller.h)
        guard next > u else {
            throw SamplingError(
                code: .invalidSchedule, reason: "the steps of dpm_adaptive became too small to go on, after \(step) of them",
                hint: "allow a larger error (rtol, atol), and a first step (h_init) above 0")
        }
        var (target, up): (Float, Float) = (next, 0)
        if options.eta > 0 {
            let down = ancestralStep(from: DPMSolver.sigma(u), to: DPMSolver.sigma(next), eta: options.eta).down
            target = min(end, lambda(down))
            up = max(0, powf(DPMSolver.sigma(next), 2) - powf(DPMSolver.sigma(target), 2)).squareRoot()
        }
        let sigma = DPMSolver.sigma(u)
        let e0 = derivative(x, try denoise(x, sigma, step: step), sigma)
        let low: Tensor, high: Tensor
        if options.order == 2 {
            low = solver.first(x, from: u, to: target, e0: e0)
            high = try solver.second(x, from: u, to: target, e0: e0).x
        } else {
            let second = try solver.second(x, from: u, to: target, e0: e0, r: 1 / 3)
            low = second.x
            high = try solver.third(x, from: u, to: target, e0: e0, e1: second.e1)
        }
        let allowed = Tensor.zip(low, previous) { max(options.atol, options.rtol * max(abs($0), abs($1))) }
        let error = (((low - high) / allowed).squaredNorm / Double(x.count)).squareRoot()
        guard error.isFinite else {
            throw SamplingError(
                code: .notFinite, reason: "the error of dpm_adaptive's step \(step) isn't a finite number",
                hint: "the model gives NaN or infinity here")
        }
        if controller.accepts(error) {
            previous = low
            x = high
            if options.eta > 0 { x = adding(up * options.sNoise, noise(sigma, DPMSolver.sigma(next)), to: x) }
            u = next
        }
        step += 1
    }
    return x
}

/// Proposes the next step from the errors of the last ones (Söderlind 2003).
private struct StepController {
    private(set) var h: Float
    private let exponents: (Double, Double, Double)
    private let safety: Double
    private var inverses: [Double] = []

    init(_ options: AdaptiveStepOptions) {
        let (p, i, d) = (options.pcoeff, options.icoeff, options.dcoeff)
        let order = options.eta > 0 ? 1.5 : Double(options.order)
        exponents = ((p + i + d) / order, -(p + 2 * d) / order, d / order)
        safety = options.acceptSafety
        h = options.hInit
    }

    /// Whether a step with this error counts; scales `h` either way.
    mutating func accepts(_ error: Double) -> Bool {
        let inverse = 1 / (error + 1e-8)
        if inverses.isEmpty { inverses = [inverse, inverse, inverse] }
        inverses[0] = inverse
        let change = pow(inverses[0], exponents.0) * pow(inverses[1], exponents.1) * pow(inverses[2], exponents.2)
        let factor = 1 + atan(change - 1)
        let accepted = factor >= safety
        if accepted { inverses = [inverses[0], inverses[0], inverses[1]] }
        h *= Float(factor)
        return accepted
    }
}
