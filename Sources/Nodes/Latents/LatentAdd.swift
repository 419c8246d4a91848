// Nodes: LatentAdd, LatentSubtract, LatentMultiply, LatentInterpolate

internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Adds two latents.
struct LatentAdd: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.latent("samples1").adding(inputs.latent("samples2")))
    }
}

/// Subtracts one latent from another.
struct LatentSubtract: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.latent("samples1").subtracting(inputs.latent("samples2")))
    }
}

/// Multiplies a latent by a number.
struct LatentMultiply: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.latent("samples").multiplied(by: inputs.float("multiplier")))
    }
}

/// Mixes directions and lengths of two latents.
struct LatentInterpolate: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.latent("samples1").interpolated(with: inputs.latent("samples2"), share: inputs.float("ratio")))
    }
}
