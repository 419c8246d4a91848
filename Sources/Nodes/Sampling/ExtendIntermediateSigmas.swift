internal import Diffusion
internal import Pictures
internal import Samplers
internal import WorkflowEngine

/// Puts further noise levels between those of a schedule.
struct ExtendIntermediateSigmas: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            try inputs.value("sigmas", as: Sigmas.self).extended(
                steps: inputs.int("steps"), from: inputs.float("start_at_sigma"), to: inputs.float("end_at_sigma"),
                spacing: inputs.choice("spacing")))
    }
}
