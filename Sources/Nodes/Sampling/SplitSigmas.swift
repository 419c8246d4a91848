// Nodes: SplitSigmas, SplitSigmasDenoise

internal import Diffusion
internal import Pictures
internal import Samplers
internal import WorkflowEngine

/// Cuts a noise schedule in two at a step.
struct SplitSigmas: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let (high, low) = try inputs.value("sigmas", as: Sigmas.self).split(at: inputs.int("step"))
        return .of(high, low)
    }
}

/// Cuts a noise schedule in two so that the second part is a share of the steps.
struct SplitSigmasDenoise: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let (high, low) = try inputs.value("sigmas", as: Sigmas.self).split(denoise: inputs.double("denoise"))
        return .of(high, low)
    }
}
