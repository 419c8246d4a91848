internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Cuts a part out of a latent; places and sizes in pixels.
struct LatentCrop: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            try inputs.latent("samples").cropped(
                x: inputs.cells("x", context), y: inputs.cells("y", context), width: inputs.cells("width", context),
                height: inputs.cells("height", context)))
    }
}
