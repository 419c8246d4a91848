internal import Glibc
public import Tensors

/// The noise levels of a model and what goes into and comes out of its network at each: one interface, "the clean
/// latent at this sigma", for every kind of prediction.
///
/// Source: Karras et al. 2022, section 5 (the preconditioning); ComfyUI's `model_sampling.py` for tables and
/// rounding.
public struct ModelSampling: Sendable {
    public let settings: SamplingSettings
    /// Rising noise levels the network was trained at.
    public let sigmas: [Float]
    private let logSigmas: [Float]

    public var sigmaMin: Float { sigmas.first ?? 0 }
    public var sigmaMax: Float { sigmas.last ?? 0 }

    public init(_ settings: SamplingSettings = .sd1) {
        self.settings = settings
        switch settings.schedule {
        case .discrete:
            let table = Self.scaledLinear()
            sigmas = table.map { Float($0) }
            logSigmas = table.map { Float(log($0)) }
        case .upscaling:
            let table = Self.scaledLinear(from: 0.0001, to: 0.02)
            sigmas = table.map { Float($0) }
            logSigmas = table.map { Float(log($0)) }
        case .discreteZeroSNR:
            let table = Self.stretchedToZeroSNR(Self.scaledLinear())
            sigmas = table.map { Float($0) }
            logSigmas = table.map { Float(log($0)) }
        case .distilled, .distilledZeroSNR:
            let whole = Self.scaledLinear()
            let table = (settings.schedule == .distilled ? whole : Self.stretchedToZeroSNR(whole)).map { Float($0) }
            sigmas = stride(from: Self.distilledSkip - 1, to: table.count, by: Self.distilledSkip).map { table[$0] }
            logSigmas = sigmas.map { logf($0) }
        case .continuousEDM(let low, let high), .continuousV(let low, let high):
            sigmas = linspace(Float(log(low)), Float(log(high)), 1000).map { expf($0) }
            logSigmas = sigmas.map { logf($0) }
        }
    }

    /// Timesteps between two entries of the distilled table.
    private static let distilledSkip = 20

    // MARK: Tables

    /// σ of the 1000 timesteps: betas are the squares of a line from √0.00085 to √0.012 (Rombach et al. 2022).
    private static func scaledLinear(from firstBeta: Double = 0.00085, to lastBeta: Double = 0.012) -> [Double] {
        let (first, last) = (firstBeta.squareRoot(), lastBeta.squareRoot())
        var product = 1.0
        return (0..<1000).map { index in
            let root = first + (last - first) * Double(index) / 999
            product *= 1 - root * root
            return ((1 - product) / product).squareRoot()
        }
    }

    /// Shifts and scales √ᾱ so that its last value becomes 0, then lifts that one a little: σ must stay finite.
    ///
    /// Source: Lin et al. 2023, "Common diffusion noise schedules and sample steps are flawed", algorithm 1.
    private static func stretchedToZeroSNR(_ table: [Double]) -> [Double] {
        let roots = table.map { (1 / ($0 * $0 + 1)).squareRoot() }
        guard let first = roots.first, let last = roots.last else { return table }
        var products = roots.map { ($0 - last) * (first / (first - last)) }.map { $0 * $0 }
        products[products.count - 1] = 4.8973451890853435e-08
        return products.map { ((1 - $0) / $0).squareRoot() }
    }

    /// What is left of a clean picture at a timestep, and what noise is added to it: √ᾱ and √(1 − ᾱ).
    package func shares(timestep: Int) -> (signal: Float, noise: Float) {
        let sigma = Double(sigmas[max(0, min(timestep, sigmas.count - 1))])
        let signal = (1 / (sigma * sigma + 1)).squareRoot()
        return (Float(signal), Float(sigma * signal))
    }

    // MARK: Between noise levels, timesteps and shares of the schedule

    /// The timestep the network is told for a noise level: the index of the nearest one it knows, or a continuous
    /// function.
    public func timestep(_ sigma: Float) -> Float {
        switch settings.schedule {
        case .discrete, .discreteZeroSNR, .upscaling: return Float(nearestIndex(sigma))
        case .distilled, .distilledZeroSNR: return Float(nearestIndex(sigma) * Self.distilledSkip + Self.distilledSkip - 1)
        case .continuousEDM: return 0.25 * logf(sigma)
        case .continuousV: return atanf(sigma) / .pi * 2
        }
    }

    private func nearestIndex(_ sigma: Float) -> Int {
        let wanted = logf(sigma)
        var best = 0
        var distance = Float.infinity
        for (index, value) in logSigmas.enumerated() where abs(wanted - value) < distance {
            best = index
            distance = abs(wanted - value)
        }
        return best
    }

    /// The noise level of a timestep, between table entries by interpolation of log σ.
    public func sigma(timestep: Float) -> Float {
        switch settings.schedule {
        case .discrete, .discreteZeroSNR, .upscaling: return interpolated(timestep)
        case .distilled, .distilledZeroSNR:
            return interpolated((timestep - Float(Self.distilledSkip - 1)) / Float(Self.distilledSkip))
        case .continuousEDM: return expf(timestep / 0.25)
        case .continuousV: return tanf(timestep * .pi / 2)
        }
    }

    private func interpolated(_ position: Float) -> Float {
        let t = max(0, min(Float(sigmas.count - 1), position))
        let low = Int(t.rounded(.down)), high = Int(t.rounded(.up))
        let w = t - Float(low)
        return expf((1 - w) * logSigmas[low] + w * logSigmas[high])
    }

    /// The noise level at a share of the schedule, 0 its start. 0 is above and 1 below every sigma, so that the ends
    /// include all.
    public func sigma(percent: Double) -> Double {
        if percent <= 0 { return 999_999_999.9 }
        if percent >= 1 { return 0 }
        switch settings.schedule {
        case .discrete, .discreteZeroSNR, .upscaling, .distilled, .distilledZeroSNR:
            return Double(sigma(timestep: Float((1 - percent) * 999)))
        case .continuousEDM, .continuousV:
            let low = log(Double(sigmaMin))
            return exp((log(Double(sigmaMax)) - low) * (1 - percent) + low)
        }
    }

    // MARK: Into and out of the network

    /// The factor that gives the network's input unit variance, c_in.
    public func inputScale(_ sigma: Float) -> Float {
        1 / (sigma * sigma + settings.sigmaData * settings.sigmaData).squareRoot()
    }

    /// The clean latent, from a noisy one and the network's output for it.
    ///
    /// - Parameters:
    ///   - output: what the network gave for `x · inputScale(sigma)`.
    ///   - x: the noisy latent, of the same shape.
    public func denoised(_ output: Tensor, from x: Tensor, sigma: Float) -> Tensor {
        let variance = settings.sigmaData * settings.sigmaData
        let sum = sigma * sigma + variance
        switch settings.prediction {
        case .eps: return Tensor.zip(x, output) { $0 - $1 * sigma }
        case .x0: return output
        case .v, .edm:
            let skip = variance / sum
            let factor = sigma * settings.sigmaData / sum.squareRoot() * (settings.prediction == .v ? -1 : 1)
            return Tensor.zip(x, output) { $0 * skip + $1 * factor }
        case .lcm:
            // Boundary scaling of consistency models with σ_data = 0.5 and timesteps times 10.
            let scaled = timestep(sigma) * 10
            let skip = 0.25 / (scaled * scaled + 0.25)
            let out = scaled / (scaled * scaled + 0.25).squareRoot()
            return Tensor.zip(x, output) { out * ($0 - $1 * sigma) + skip * $0 }
        }
    }

    /// The latent a sampler starts from: noise of the first sigma on top of a latent.
    ///
    /// A start at (or above) the model's highest level counts as pure noise: its variance is σ² + 1, since the
    /// networks never saw less ("max denoise").
    public func noised(_ latent: Tensor, with noise: Tensor, sigma: Float) -> Tensor {
        let isHighest = sigma > sigmaMax || abs(sigma - sigmaMax) <= 1e-5 * max(abs(sigma), abs(sigmaMax))
        let scale = isHighest ? (1 + sigma * sigma).squareRoot() : sigma
        return Tensor.zip(latent, noise) { $1 * scale + $0 }
    }
}
