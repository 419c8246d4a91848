internal import Diffusion
internal import WorkflowEngine

/// Adaptive projected guidance.
struct APG: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(
            AdaptiveProjectedGuidance(
                eta: inputs.float("eta"), normThreshold: inputs.float("norm_threshold"), momentum: inputs.float("momentum")))
    }
}
