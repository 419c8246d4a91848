internal import Diffusion
internal import WorkflowEngine

/// Token merging.
struct TomePatchModel: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(TokenMerging(ratio: inputs.double("ratio")))
    }
}
