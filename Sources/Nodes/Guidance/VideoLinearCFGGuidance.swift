// Nodes: VideoLinearCFGGuidance, VideoTriangleCFGGuidance

internal import Diffusion
internal import WorkflowEngine

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
