internal import Diffusion
internal import WorkflowEngine

/// Perp-Neg guidance, as a patch.
struct PerpNeg: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let empty = try inputs.conditioning("empty_conditioning")
        return try inputs.patchedModel(
            PerpNegPatch(empty: empty, negativeScale: inputs.float("neg_scale")))
    }
}
