internal import Diffusion
internal import Pictures
internal import Samplers
internal import WorkflowEngine

/// Turns a noise schedule round.
struct FlipSigmas: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.value("sigmas", as: Sigmas.self).flipped())
    }
}
