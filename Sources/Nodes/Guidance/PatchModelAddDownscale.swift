internal import Diffusion
internal import WorkflowEngine

/// The inner blocks at a smaller size.
struct PatchModelAddDownscale: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(
            Downscaling(
                block: inputs.int("block_number"), factor: inputs.double("downscale_factor"),
                keepsSkip: inputs.boolean("downscale_after_skip"), shrinking: inputs.choice("downscale_method"),
                growing: inputs.choice("upscale_method"),
                range: ScheduleRange(start: inputs.double("start_percent"), end: inputs.double("end_percent"))))
    }
}
