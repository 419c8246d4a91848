// Nodes: RescaleCFG, CFGZeroStar, CFGNorm, RenormCFG, TCFG, Mahiro, FreSca, Epsilon Scaling

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

extension NodeInputs {
    /// The `model` input with a patch.
    func patchedModel(_ patch: any ModelPatch) throws -> NodeOutputs {
        .of(try value("model", as: Model.self).patched(patch))
    }
}
