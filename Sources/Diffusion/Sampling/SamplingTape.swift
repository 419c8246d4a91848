public import Tensors

/// Everything a walk was told from outside so far: the predictions, call by call.
///
/// A sampler is a function of these and of its seeds, whatever history it keeps. So an interrupted walk is resumed by
/// walking again with the recorded answers, which costs no network call and gives the same bits, for every sampler
/// alike.
public struct SamplingTape: Sendable {
    public var calls: [Call] = []

    public struct Call: Sendable {
        public var denoised: Tensor
        /// Kept only for samplers that look at it.
        public var unconditional: Tensor?
        /// The run's stream after the call, if a patch drew from it in the call.
        public var generator: [UInt32]?

        public init(denoised: Tensor, unconditional: Tensor? = nil, generator: [UInt32]? = nil) {
            self.denoised = denoised
            self.unconditional = unconditional
            self.generator = generator
        }
    }

    public init(calls: [Call] = []) { self.calls = calls }
}

/// How a walk is kept, so that it can be resumed.
public struct SamplingRecord: Sendable {
    /// What an earlier walk of exactly the same inputs was told.
    public var earlier: SamplingTape
    /// Given the tape after each new call; decides itself whether it is time to keep it.
    public var keep: @Sendable (() -> SamplingTape) -> Void

    public init(earlier: SamplingTape = SamplingTape(), keep: @escaping @Sendable (() -> SamplingTape) -> Void) {
        self.earlier = earlier
        self.keep = keep
    }
}

extension SamplingRecord {
    /// A denoiser that answers from the tape as far as it reaches, and then records what `predict` gives.
    func recording(
        _ generator: SharedGenerator, keepsUnconditional: Bool,
        _ predict: @escaping (Tensor, Float) throws -> Denoiser.Prediction
    ) -> (Tensor, Float) throws -> Denoiser.Prediction {
        var tape = SamplingTape()
        return { x, sigma in
            // A call whose shape isn't that of the latent was damaged or belongs to something else: from there on it
            // is computed.
            if tape.calls.count < earlier.calls.count, earlier.calls[tape.calls.count].denoised.shape == x.shape {
                let call = earlier.calls[tape.calls.count]
                tape.calls.append(call)
                if let state = call.generator.flatMap(TorchGenerator.init(words:)) { generator.state = state }
                return Denoiser.Prediction(denoised: call.denoised, unconditional: call.unconditional ?? call.denoised)
            }
            let before = generator.state.words
            let prediction = try predict(x, sigma)
            let after = generator.state.words
            tape.calls.append(
                SamplingTape.Call(
                    denoised: prediction.denoised, unconditional: keepsUnconditional ? prediction.unconditional : nil,
                    generator: before == after ? nil : after))
            keep { tape }
            return prediction
        }
    }
}
