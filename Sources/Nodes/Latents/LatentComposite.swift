// Nodes: LatentComposite, LatentCompositeMasked

internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Pastes a latent into another one, with soft edges if wanted.
struct LatentComposite: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            try inputs.latent("samples_to").composited(
                inputs.latent("samples_from"), x: inputs.cells("x", context), y: inputs.cells("y", context),
                feather: inputs.cells("feather", context)))
    }
}

/// Lays a latent over another one, through a mask.
struct LatentCompositeMasked: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            try inputs.latent("destination").composited(
                inputs.latent("source"), mask: inputs.optionalMask("mask"), x: inputs.cells("x", context),
                y: inputs.cells("y", context), resizing: inputs.boolean("resize_source")))
    }
}
