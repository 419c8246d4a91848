internal import Samplers
internal import Tensors

/// LazyCache: around guidance as a whole.
final class GuidanceCache: Remembering {
    private var estimate: ChangeEstimate
    private var last: (difference: Tensor, unconditional: Tensor)?

    init(_ caching: StepCaching, sampling: ModelSampling) { estimate = ChangeEstimate(caching, sampling: sampling) }

    var memory: RunMemory {
        get {
            var memory = RunMemory()
            memory[part: "estimate"] = estimate.memory
            memory[tensor: "difference"] = last?.difference
            memory[tensor: "unconditional"] = last?.unconditional
            return memory
        }
        set {
            estimate.memory = newValue[part: "estimate"]
            last = nil
            if let difference = newValue[tensor: "difference"], let unconditional = newValue[tensor: "unconditional"] {
                last = (difference, unconditional)
            }
        }
    }

    func predict(
        _ x: Tensor, _ sigma: Float, _ predict: (Tensor, Float) throws -> Denoiser.Prediction
    ) rethrows -> Denoiser.Prediction {
        if estimate.isOver(sigma) { return try predict(x, sigma) }
        estimate.passOver()
        if estimate.hasBegun(sigma), estimate.canSkip(thinned(x), ifPossible: true), let last, last.difference.shape == x.shape {
            return Denoiser.Prediction(denoised: x + last.difference, unconditional: last.unconditional)
        }
        let prediction = try predict(x, sigma)
        estimate.learn(thinned(x), thinned(prediction.denoised), whole: prediction.denoised)
        last = (prediction.denoised - x, prediction.unconditional)
        return prediction
    }
}
