internal import Samplers
public import Tensors

/// Everything a walk was told from outside so far: the predictions, call by call.
///
/// A sampler is a function of these and of its seeds, whatever history it keeps. So an interrupted walk is resumed by
/// walking again with the recorded answers, which costs no network call and gives the same bits, for every sampler
/// alike. Parts of a run that remember earlier calls by themselves (cached differences, averages) get back what they
/// knew after the last call.
public struct SamplingTape: Sendable {
    public var calls: [Call] = []
    /// What the run's parts remember after the last call.
    public var memory = RunMemory()

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
    /// Given the tape after each new call, and once more when the walk is cancelled; decides itself whether it is time to keep it.
    public var keep: @Sendable (_ tape: SamplingTape, _ moment: Moment) -> Void

    public enum Moment: Sendable { case afterCall, cancelled }

    public init(
        earlier: SamplingTape = SamplingTape(), keep: @escaping @Sendable (_ tape: SamplingTape, _ moment: Moment) -> Void
    ) {
        self.earlier = earlier
        self.keep = keep
    }
}

/// A denoiser that answers from a tape as far as it reaches, and then records what the real one gives.
final class TapeRecorder {
    private let record: SamplingRecord
    private let generator: SharedGenerator
    private let memories: RunMemories
    private let keepsUnconditional: Bool
    private var tape = SamplingTape()
    /// Whether the last answer came from the tape.
    private(set) var isReplaying = false

    /// The tape isn't of this walk: it answers for a latent of another shape.
    struct Mismatch: Error {}

    init(_ record: SamplingRecord, generator: SharedGenerator, memories: RunMemories, keepsUnconditional: Bool) {
        self.record = record
        self.generator = generator
        self.memories = memories
        self.keepsUnconditional = keepsUnconditional
    }

    /// Whether the next answer is the first one behind the tape.
    var goesOnByItself: Bool { isReplaying && tape.calls.count == record.earlier.calls.count }

    func predict(
        _ x: Tensor, _ sigma: Float, _ predict: (Tensor, Float) throws -> Denoiser.Prediction
    ) throws -> Denoiser.Prediction {
        let earlier = record.earlier
        if tape.calls.count < earlier.calls.count {
            let call = earlier.calls[tape.calls.count]
            guard call.denoised.shape == x.shape, !keepsUnconditional || call.unconditional != nil else { throw Mismatch() }
            isReplaying = true
            tape.calls.append(call)
            if let state = call.generator.flatMap(TorchGenerator.init(words:)) { generator.state = state }
            if tape.calls.count == earlier.calls.count {
                memories.restore(earlier.memory)
                tape.memory = earlier.memory
            }
            return Denoiser.Prediction(denoised: call.denoised, unconditional: call.unconditional ?? call.denoised)
        }
        isReplaying = false
        let before = generator.state.words
        let prediction = try predict(x, sigma)
        let after = generator.state.words
        tape.calls.append(
            SamplingTape.Call(
                denoised: prediction.denoised, unconditional: keepsUnconditional ? prediction.unconditional : nil,
                generator: before == after ? nil : after))
        tape.memory = memories.memory
        record.keep(tape, .afterCall)
        return prediction
    }

    /// The walk was stopped: its whole calls are kept.
    func cancelled() {
        if tape.calls.count > record.earlier.calls.count { record.keep(tape, .cancelled) }
    }
}
