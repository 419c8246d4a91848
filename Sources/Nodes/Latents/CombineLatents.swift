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

/// Mixes two latents.
struct LatentBlend: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.latent("samples1").blended(with: inputs.latent("samples2"), share: inputs.float("blend_factor")))
    }
}

/// Pastes a latent into another one, with soft edges if wanted.
struct LatentComposite: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            try inputs.latent("samples_to").composited(
                inputs.latent("samples_from"), x: inputs.int("x") / 8, y: inputs.int("y") / 8,
                feather: inputs.int("feather") / 8))
    }
}

/// Lays a latent over another one, through a mask.
struct LatentCompositeMasked: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            try inputs.latent("destination").composited(
                inputs.latent("source"), mask: inputs.optionalMask("mask"), x: inputs.int("x") / 8,
                y: inputs.int("y") / 8, resizing: inputs.boolean("resize_source")))
    }
}
