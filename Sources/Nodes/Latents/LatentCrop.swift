internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Cuts a part out of a latent; places and sizes in pixels.
struct LatentCrop: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            try inputs.latent("samples").cropped(
                x: inputs.int("x") / 8, y: inputs.int("y") / 8, width: inputs.int("width") / 8,
                height: inputs.int("height") / 8))
    }
}
