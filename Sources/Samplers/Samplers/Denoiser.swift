public import Tensors

/// The clean latent predicted for a noisy one at a sigma: what every sampler is a walk along.
///
/// Guidance, masks and patches lie behind it. Call it as a function; with `step:` for the first call of a step, which
/// is what progress counts and what previews show.
public struct Denoiser {
    /// The guided prediction, and the unconditional one alone, which CFG++ samplers take their direction from.
    public struct Prediction: Sendable {
        public var denoised: Tensor
        public var unconditional: Tensor
        public init(denoised: Tensor, unconditional: Tensor) {
            self.denoised = denoised
            self.unconditional = unconditional
        }
    }

    private let predict: (_ x: Tensor, _ sigma: Float) throws -> Prediction
    private let begin: (_ step: Int?) -> Void
    private let report: (_ step: Int, _ denoised: Tensor) throws -> Void

    /// - Parameters:
    ///   - predict: gets `x` as the sampler has it (not scaled for the network).
    ///   - begin: told before each call which step starts with it, `nil` for a further call within one.
    ///   - report: told the denoised latent of each step's first call; may throw to stop.
    public init(
        predict: @escaping (_ x: Tensor, _ sigma: Float) throws -> Prediction, begin: @escaping (_ step: Int?) -> Void = { _ in },
        report: @escaping (_ step: Int, _ denoised: Tensor) throws -> Void = { _, _ in }
    ) {
        self.predict = predict
        self.begin = begin
        self.report = report
    }

    /// The clean latent for `x` at `sigma`.
    ///
    /// - Parameter step: the step that starts with this call, from 0; `nil` for a further call within it.
    public func callAsFunction(_ x: Tensor, _ sigma: Float, step: Int? = nil) throws -> Tensor {
        try both(x, sigma, step: step).denoised
    }

    /// The clean latent and its unconditional part.
    public func both(_ x: Tensor, _ sigma: Float, step: Int? = nil) throws -> Prediction {
        begin(step)
        let prediction = try predict(x, sigma)
        if let step { try report(step, prediction.denoised) }
        return prediction
    }
}

/// Fresh noise for a sampler's step between two sigmas, standard normal. Plain noise ignores the sigmas.
public typealias NoiseSource = (_ sigma: Float, _ next: Float) -> Tensor
