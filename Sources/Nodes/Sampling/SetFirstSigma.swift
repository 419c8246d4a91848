internal import Diffusion
internal import Pictures
internal import Samplers
internal import WorkflowEngine

/// Sets the first noise level of a schedule.
struct SetFirstSigma: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.value("sigmas", as: Sigmas.self).replacingFirst(inputs.float("sigma")))
    }
}
