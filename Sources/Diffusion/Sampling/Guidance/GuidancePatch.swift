public import Networks
public import Tensors

/// A patch that changes how predictions are combined, not the network.
///
/// A model call goes: prediction per side → `beforeCFG` of every patch → CFG, or the last patch's replacement for it
/// → `afterCFG` of every patch, in the order in which the workflow applied them. A new one is a type with its formula
/// in this folder.
public protocol GuidancePatch: ModelPatch {
    /// Wants the negative side even where cfg is 1 and it would count for nothing.
    var needsUnconditional: Bool { get }
    /// Wants to know how the middle block's self-attention looks at the tokens.
    var recordsAttention: Bool { get }
    /// What it does in one run. Called once per run: state that lasts over the steps belongs to the hooks' `memory`.
    func hooks() -> GuidanceHooks
}

extension GuidancePatch {
    public var needsUnconditional: Bool { false }
    public var recordsAttention: Bool { false }
}

/// Where a patch steps into guidance.
public struct GuidanceHooks {
    /// What lasts over the steps, so that it can be stored with an interrupted run. A patch that keeps state elsewhere would
    /// give other bits in a run that is resumed.
    let memory: (any Remembering)?
    /// Changes the predictions of the sides.
    public var beforeCFG: ((GuidanceStep) throws -> GuidancePredictions)?
    /// Stands in for CFG; gives the guided prediction.
    public var cfg: ((GuidanceStep) throws -> Tensor)?
    /// Changes the guided prediction.
    public var afterCFG: ((_ denoised: Tensor, GuidanceStep) throws -> Tensor)?

    public init(
        beforeCFG: ((GuidanceStep) throws -> GuidancePredictions)? = nil, cfg: ((GuidanceStep) throws -> Tensor)? = nil,
        afterCFG: ((_ denoised: Tensor, GuidanceStep) throws -> Tensor)? = nil
    ) {
        self.init(memory: nil, beforeCFG: beforeCFG, cfg: cfg, afterCFG: afterCFG)
    }

    init(
        memory: (any Remembering)?, beforeCFG: ((GuidanceStep) throws -> GuidancePredictions)? = nil,
        cfg: ((GuidanceStep) throws -> Tensor)? = nil, afterCFG: ((_ denoised: Tensor, GuidanceStep) throws -> Tensor)? = nil
    ) {
        self.memory = memory
        self.beforeCFG = beforeCFG
        self.cfg = cfg
        self.afterCFG = afterCFG
    }
}

/// Clean latents predicted with the positive and with the negative text, `[batch, channels, height, width]` in the
/// model's scale.
public struct GuidancePredictions: Sendable {
    public var conditional: Tensor
    /// All 0 where the negative side wasn't evaluated.
    public var unconditional: Tensor
    public init(conditional: Tensor, unconditional: Tensor) {
        self.conditional = conditional
        self.unconditional = unconditional
    }
}

/// One model call, as a guidance patch sees it.
public struct GuidanceStep {
    /// The sampler's latent, not scaled for the network.
    public let x: Tensor
    public let sigma: Float
    /// The guidance scale.
    public let cfg: Float
    public var predictions: GuidancePredictions
    /// Whether the negative side was evaluated; its prediction is 0 otherwise.
    public let hasUnconditional: Bool
    /// How much each token was looked at in the negative's part of the call, `[batch, tokens]`, if a patch asked for
    /// it.
    public let attention: Tensor?
    /// A further prediction of a side, for another latent or with another middle attention.
    public let predict: (_ side: NetworkCall.Side, _ x: Tensor, _ attention: NetworkCall.MiddleAttention) throws -> Tensor
    /// A further prediction with a text that belongs to neither side.
    public let predictWith: (_ conditioning: Conditioning) throws -> Tensor

    public var conditional: Tensor { predictions.conditional }
    public var unconditional: Tensor { predictions.unconditional }

    /// `U + (C − U) · cfg` (Ho & Salimans 2022).
    public var classifierFree: Tensor {
        Tensor.zip(unconditional, conditional) { $0 + ($1 - $0) * cfg }
    }
}
