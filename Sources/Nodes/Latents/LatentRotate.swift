internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Turns a latent by quarter turns.
struct LatentRotate: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let rotation = try inputs.choice("rotation", of: Rotation.self)
        let latent = try inputs.latent("samples")
        if latent.noiseMask != nil { context.warn("its mask isn't turned with it, as in ComfyUI") }
        return .of(latent.turned(quarters: rotation.quarters))
    }
}
