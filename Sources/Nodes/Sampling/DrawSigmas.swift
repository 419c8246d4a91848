internal import Diffusion
internal import Pictures
internal import Samplers
internal import WorkflowEngine

/// Draws a noise schedule.
struct DrawSigmas: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            try inputs.value("sigmas", as: Sigmas.self).chart(
                width: inputs.int("width"), height: inputs.int("height"), logarithmic: inputs.boolean("logarithmic")))
    }
}
