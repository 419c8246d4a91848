internal import Diffusion
internal import WorkflowEngine

// Nodes that change how predictions are combined. The formulas are in Diffusion/Sampling/Guidance.

/// Keeps the contrast that high guidance takes away.
struct RescaleCFGNode: Node {
    static let type = "RescaleCFG"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(RescaleCFG(multiplier: inputs.float("multiplier")))
    }
}

/// Perp-Neg guidance, as a patch.
struct PerpNeg: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let empty = try inputs.conditioning("empty_conditioning")
        return try inputs.patchedModel(
            PerpNegPatch(empty: empty, emptyDigest: empty.contentDigest, negativeScale: inputs.float("neg_scale")))
    }
}

/// Self-attention guidance.
struct SelfAttentionGuidanceNode: Node {
    static let type = "SelfAttentionGuidance"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(SelfAttentionGuidance(scale: inputs.float("scale"), blurSigma: inputs.float("blur_sigma")))
    }
}

/// Perturbed-attention guidance.
struct PerturbedAttentionGuidanceNode: Node {
    static let type = "PerturbedAttentionGuidance"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(PerturbedAttentionGuidance(scale: inputs.float("scale")))
    }
}

/// Adaptive projected guidance.
struct APG: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(
            AdaptiveProjectedGuidance(
                eta: inputs.float("eta"), normThreshold: inputs.float("norm_threshold"), momentum: inputs.float("momentum")))
    }
}

/// CFG-Zero*.
struct CFGZeroStarNode: Node {
    static let type = "CFGZeroStar"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(CFGZeroStar())
    }
}

/// Limits the guided latent's channel vectors.
struct CFGNormNode: Node {
    static let type = "CFGNorm"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(CFGNorm(strength: inputs.float("strength")))
    }
}

/// Limits the guided latent's length.
struct RenormCFGNode: Node {
    static let type = "RenormCFG"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(RenormCFG(truncation: inputs.float("cfg_trunc"), maximum: inputs.float("renorm_cfg")))
    }
}

/// Tangential damping guidance.
struct TCFG: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(TangentialDamping())
    }
}

/// Mahiro's guidance.
struct MahiroNode: Node {
    static let type = "Mahiro"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { try inputs.patchedModel(Mahiro()) }
}

/// Scales the frequencies of the guidance.
struct FreSca: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(
            FrequencyScaling(
                low: inputs.float("scale_low"), high: inputs.float("scale_high"), cutoff: inputs.int("freq_cutoff")))
    }
}

/// Scales the predicted noise.
struct EpsilonScalingNode: Node {
    static let type = "Epsilon Scaling"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(EpsilonScaling(factor: inputs.float("scaling_factor")))
    }
}

/// Lets a mask's half-tones decide when a place is painted.
struct DifferentialDiffusionNode: Node {
    static let type = "DifferentialDiffusion"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(DifferentialDiffusion(strength: inputs.float("strength", default: 1)))
    }
}

/// Skips network calls whose result can be guessed.
struct EasyCache: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(inputs.stepCaching(.network))
    }
}

/// Skips guided predictions that can be guessed.
struct LazyCache: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(inputs.stepCaching(.guidance))
    }
}

extension NodeInputs {
    fileprivate func stepCaching(_ place: StepCaching.Place) throws -> StepCaching {
        StepCaching(
            place: place, threshold: try float("reuse_threshold"),
            range: ScheduleRange(start: try double("start_percent"), end: try double("end_percent")))
    }

    /// The `model` input with a patch.
    func patchedModel(_ patch: any ModelPatch) throws -> NodeOutputs {
        .of(try value("model", as: Model.self).patched(patch))
    }
}

/// Lets guidance rise over a batch.
struct VideoLinearCFGGuidance: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(BatchGuidance(.linear, lowest: inputs.float("min_cfg")))
    }
}

/// Lets guidance rise and fall over a batch.
struct VideoTriangleCFGGuidance: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(BatchGuidance(.triangle, lowest: inputs.float("min_cfg")))
    }
}
