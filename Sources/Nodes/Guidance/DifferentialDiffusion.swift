internal import Diffusion
internal import WorkflowEngine

/// Lets a mask's half-tones decide when a place is painted.
struct DifferentialDiffusionNode: Node {
    static let type = "DifferentialDiffusion"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(DifferentialDiffusion(strength: inputs.float("strength", default: 1)))
    }
}
