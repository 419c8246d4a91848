public import Descriptions
internal import Tensors

/// Takes the part of guidance that only raises saturation, with a limit on its length and a memory over the steps.
///
/// Source: Sadat et al. 2024, "Eliminating oversaturation and artifacts of high guidance scales" (arXiv 2410.02416),
/// algorithm 1.
public struct AdaptiveProjectedGuidance: GuidancePatch {
    /// Share of the parallel part that stays.
    public var eta: Float
    /// Longest guidance; 0 doesn't limit.
    public var normThreshold: Float
    public var momentum: Float

    public init(eta: Float, normThreshold: Float, momentum: Float) {
        self.eta = eta
        self.normThreshold = normThreshold
        self.momentum = momentum
    }

    public static var blank: AdaptiveProjectedGuidance { AdaptiveProjectedGuidance(eta: 0, normThreshold: 0, momentum: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("APG"))
        try visitor.visit("eta", &eta)
        try visitor.visit("normThreshold", &normThreshold)
        try visitor.visit("momentum", &momentum)
    }

    public func hooks() -> GuidanceHooks {
        let past = PastGuidance()
        return GuidanceHooks(
            memory: past,
            beforeCFG: { step in
                // Noise that rises again means that another walk has begun.
                if step.sigma > past.sigma { past.average = nil }
                past.sigma = step.sigma
                var guidance = step.conditional - step.unconditional
                if momentum != 0 {
                    // A sampler may enlarge the latent on its way.
                    if let average = past.average, average.shape == guidance.shape {
                        guidance = Tensor.zip(average, guidance) { momentum * $0 + $1 }
                    }
                    past.average = guidance
                }
                if normThreshold > 0 {
                    let factors = guidance.squaredNormPerItem.map { min(1, normThreshold / Float($0.squareRoot())) }
                    guidance = guidance.mapItems { $1 * factors[$0] }
                }
                let lengths = step.conditional.squaredNormPerItem
                let shares = zip(guidance.dotPerItem(step.conditional), lengths).map { Float($0 / max($1, 1e-24)) }
                let parallel = step.conditional.mapItems { $1 * shares[$0] }
                let kept = Tensor.zip(guidance, parallel) { $0 - $1 + eta * $1 }
                let base = Tensor.zip(step.conditional, step.unconditional) { ($0 - $1) / step.cfg }
                return GuidancePredictions(
                    conditional: step.unconditional + kept + base, unconditional: step.unconditional)
            })
    }
}

/// The guidance of the steps before, faded by the momentum.
private final class PastGuidance: Remembering {
    var average: Tensor?
    var sigma = Float.infinity

    var memory: RunMemory {
        get {
            var memory = RunMemory()
            memory[tensor: "average"] = average
            memory[number: "sigma"] = sigma
            return memory
        }
        set {
            average = newValue[tensor: "average"]
            sigma = newValue[number: "sigma"] ?? .infinity
        }
    }
}
