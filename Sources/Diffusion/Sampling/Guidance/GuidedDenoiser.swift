internal import Networks
internal import Samplers
internal import Tensors

/// Guidance over a model: the sides' predictions, patches and CFG put together into one clean latent.
final class GuidedDenoiser {
    private let model: GuidedModel
    private let guidance: Guidance
    private let sides: [[PreparedEntry]?]
    private let hooks: [GuidanceHooks]
    private let recordsAttention: Bool
    /// Whether the negative side is evaluated where cfg is 1.
    private let needsUnconditional: Bool

    init(model: GuidedModel, guidance: Guidance, patches: [any GuidancePatch], needsUnconditional: Bool) throws {
        self.model = model
        self.guidance = guidance
        self.sides = try model.frame.prepared(guidance.sides, negative: guidance.negativeSide)
        hooks = patches.map { $0.hooks() }
        recordsAttention = patches.contains { $0.recordsAttention }
        self.needsUnconditional = needsUnconditional || patches.contains { $0.needsUnconditional }
    }

    /// What patches remember, in their order.
    var memories: RunMemories {
        var memories = RunMemories()
        for (number, hook) in hooks.enumerated() { memories.add("patch \(number)", hook.memory) }
        return memories
    }

    func prediction(_ x: Tensor, _ sigma: Float) throws -> Denoiser.Prediction {
        switch guidance {
        case .single:
            return try guided(x, sigma, positive: sides[0], negative: nil, cfg: 1)
        case .classifierFree(_, _, let cfg):
            let skipsNegative = isOne(cfg) && !needsUnconditional
            return try guided(x, sigma, positive: sides[0], negative: skipsNegative ? nil : sides[1], cfg: cfg)
        case .dual(_, _, _, let cfgFirst, let cfgSecond, let nested):
            return try dual(x, sigma, cfgFirst: cfgFirst, cfgSecond: cfgSecond, nested: nested)
        case .perpendicular(_, _, _, let cfg, let scale):
            let parts = try evaluate(sides, [.positive, .negative, .negative], x, sigma)
            let denoised = perpendicularGuidance(
                positive: parts[0], negative: parts[1], empty: parts[2], cfg: cfg, negativeScale: scale)
            let step = step(
                x, sigma, cfg: cfg, positive: sides[0], negative: sides[1],
                GuidancePredictions(conditional: parts[0], unconditional: parts[1]))
            return Denoiser.Prediction(denoised: try afterCFG(denoised, step), unconditional: parts[1])
        }
    }

    // MARK: Kinds of guidance

    private func guided(
        _ x: Tensor, _ sigma: Float, positive: [PreparedEntry]?, negative: [PreparedEntry]?, cfg: Float
    ) throws -> Denoiser.Prediction {
        let parts = try evaluate([positive, negative], [.positive, .negative], x, sigma)
        var step = step(
            x, sigma, cfg: cfg, positive: positive, negative: negative,
            GuidancePredictions(conditional: parts[0], unconditional: parts[1]))
        for hook in hooks {
            if let predictions = try hook.beforeCFG?(step) { step.predictions = predictions }
        }
        return Denoiser.Prediction(denoised: try combined(step), unconditional: step.unconditional)
    }

    private func dual(
        _ x: Tensor, _ sigma: Float, cfgFirst: Float, cfgSecond: Float, nested: Bool
    ) throws -> Denoiser.Prediction {
        let (first, second, negative) = (sides[0], sides[1], sides[2])
        let skipsNegative = !nested && !needsUnconditional && isOne(cfgSecond)
        let skipsSecond = skipsNegative && isOne(cfgFirst)
        // Evaluated as negative, second, first: the order that patches which draw at random see.
        let parts = try evaluate(
            [skipsNegative ? nil : negative, skipsSecond ? nil : second, first], [.negative, .negative, .positive], x, sigma)
        if nested {
            let step = step(
                x, sigma, cfg: cfgFirst, positive: first, negative: second,
                GuidancePredictions(conditional: parts[2], unconditional: parts[1]))
            let pair = try combined(step)
            let denoised = Tensor.zip(parts[0], pair) { $0 + cfgSecond * ($1 - $0) }
            return Denoiser.Prediction(denoised: denoised, unconditional: parts[1])
        }
        let step = step(
            x, sigma, cfg: cfgSecond, positive: second, negative: negative,
            GuidancePredictions(conditional: parts[1], unconditional: parts[0]))
        let towardsFirst = Tensor.zip(parts[2], parts[1]) { ($0 - $1) * cfgFirst }
        return Denoiser.Prediction(denoised: try combined(step) + towardsFirst, unconditional: parts[0])
    }

    private func combined(_ step: GuidanceStep) throws -> Tensor {
        let replacement = hooks.last { $0.cfg != nil }?.cfg
        // A replacement's result passes as a difference from x; the rounding of that is part of the reference's
        // values.
        let denoised = try replacement.map { try Tensor.zip(step.x, $0(step)) { $0 - ($0 - $1) } }
        return try afterCFG(denoised ?? step.classifierFree, step)
    }

    private func afterCFG(_ denoised: Tensor, _ step: GuidanceStep) throws -> Tensor {
        try hooks.reduce(denoised) { try $1.afterCFG?($0, step) ?? $0 }
    }

    // MARK: Calls

    private func evaluate(
        _ sides: [[PreparedEntry]?], _ kinds: [NetworkCall.Side], _ x: Tensor, _ sigma: Float
    ) throws -> [Tensor] {
        let attention: NetworkCall.MiddleAttention = recordsAttention ? .recorded(AttentionRecord()) : .computed
        return try model.predictions(sides, kinds: kinds, x: x, sigma: sigma, attention: attention)
    }

    private func step(
        _ x: Tensor, _ sigma: Float, cfg: Float, positive: [PreparedEntry]?, negative: [PreparedEntry]?,
        _ predictions: GuidancePredictions
    ) -> GuidanceStep {
        let model = model
        return GuidanceStep(
            x: x, sigma: sigma, cfg: cfg, predictions: predictions, hasUnconditional: negative != nil, attention: model.negativeAttention,
            predict: { side, x, attention in
                let entries = side == .positive ? positive : negative
                return try model.predictions([entries], kinds: [side], x: x, sigma: sigma, attention: attention)[0]
            },
            predictWith: { conditioning in
                let entries = try model.frame.prepared([conditioning], negative: 0)
                return try model.predictions(entries, kinds: [.negative], x: x, sigma: sigma)[0]
            })
    }
}

/// Whether a guidance scale leaves the positive prediction as it is.
private func isOne(_ cfg: Float) -> Bool { abs(Double(cfg) - 1) <= 1e-9 * max(abs(Double(cfg)), 1) }

/// Perp-Neg: what the negative adds across the positive's own direction is taken away.
///
/// Source: Armandpour et al. 2023, "Re-imagine the negative prompt algorithm", eq. 7. The sums run over the whole
/// batch.
func perpendicularGuidance(
    positive: Tensor, negative: Tensor, empty: Tensor, cfg: Float, negativeScale: Float
) -> Tensor {
    let p = positive - empty
    let n = negative - empty
    let along = Float((n * p).sum / p.squaredNorm)
    return Tensor(shape: p.shape) { out in
        p.withFloats { p in
            n.withFloats { n in
                empty.withFloats { e in
                    for index in 0..<out.count {
                        out[index] = e[index] + cfg * (p[index] - negativeScale * (n[index] - along * p[index]))
                    }
                }
            }
        }
    }
}
