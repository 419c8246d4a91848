// Nodes: EasyCache, LazyCache

internal import Diffusion
internal import WorkflowEngine

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
}
