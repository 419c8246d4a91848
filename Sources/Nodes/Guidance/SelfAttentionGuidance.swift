// Nodes: SelfAttentionGuidance, PerturbedAttentionGuidance

internal import Diffusion
internal import WorkflowEngine

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
