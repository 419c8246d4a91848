internal import Problems
public import Descriptions

/// How a network was trained, as far as sampling must know: what it predicts, and at which noise levels.
///
/// A small value that travels with a model recipe and tells it from others; `ModelSampling` holds the tables made
/// from it.
public struct SamplingSettings: Sendable, Hashable {
    /// What the network's output means.
    public enum Prediction: String, Sendable, Hashable, CaseIterable {
        /// The noise.
        case eps
        /// The velocity (Salimans & Ho 2022).
        case v
        /// The clean latent.
        case x0
        /// The noise, with the boundary scaling of consistency models (Luo et al. 2023).
        case lcm
        /// As `v` with the other sign (Karras et al. 2022).
        case edm
    }

    /// The noise levels the network knows.
    public enum Schedule: Sendable, Hashable {
        /// 1000 timesteps of Stable Diffusion's scaled linear betas.
        case discrete
        /// The same, stretched so that the last one is (nearly) pure noise (Lin et al. 2023, "zero terminal SNR").
        case discreteZeroSNR
        /// 1000 timesteps of scaled linear betas that reach further: those of the ×4 upscaler.
        case upscaling
        /// Every twentieth of the 1000 timesteps, 50 in all, as consistency distillation used them.
        case distilled
        /// The same, stretched to (nearly) pure noise.
        case distilledZeroSNR
        /// Any level of a range; the timestep is ¼ ln σ.
        case continuousEDM(sigmaMin: Double, sigmaMax: Double)
        /// Any level of a range; the timestep is 2/π · atan σ.
        case continuousV(sigmaMin: Double, sigmaMax: Double)
    }

    public var prediction: Prediction
    public var schedule: Schedule
    /// Standard deviation of clean latents: 1, or 0.5 for EDM's models.
    public var sigmaData: Float

    public init(prediction: Prediction = .eps, schedule: Schedule = .discrete, sigmaData: Float = 1) {
        self.prediction = prediction
        self.schedule = schedule
        self.sigmaData = sigmaData
    }

    /// Stable Diffusion 1.x.
    public static let sd1 = SamplingSettings()
}

extension SamplingSettings: Described {
    public static var blank: SamplingSettings { SamplingSettings() }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit(choice: "prediction", &prediction)
        try visitor.visit("sigmaData", &sigmaData)
        try visitor.visit(part: "schedule", &schedule)
    }
}

extension SamplingSettings.Schedule: Described {
    public static var blank: SamplingSettings.Schedule { .discrete }

    /// The number of each case never changes: digests hold it.
    private var number: Int {
        switch self {
        case .discrete: 0
        case .discreteZeroSNR: 1
        case .distilled: 2
        case .continuousEDM: 3
        case .continuousV: 4
        case .distilledZeroSNR: 5
        case .upscaling: 6
        }
    }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        var kind = number
        try visitor.visit("schedule", &kind)
        switch kind {
        case 0: self = .discrete
        case 1: self = .discreteZeroSNR
        case 2: self = .distilled
        case 5: self = .distilledZeroSNR
        case 6: self = .upscaling
        case 3, 4:
            var (low, high) = (0.0, 0.0)
            switch self {
            case .continuousEDM(let from, let to), .continuousV(let from, let to): (low, high) = (from, to)
            case .discrete, .discreteZeroSNR, .distilled, .distilledZeroSNR, .upscaling: break
            }
            try visitor.visit("sigmaMin", &low)
            try visitor.visit("sigmaMax", &high)
            self = kind == 3 ? .continuousEDM(sigmaMin: low, sigmaMax: high) : .continuousV(sigmaMin: low, sigmaMax: high)
        default: throw DescriptionError("schedule \(kind)")
        }
    }
}
