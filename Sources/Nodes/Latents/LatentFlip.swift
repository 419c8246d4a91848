internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Mirrors a latent.
struct LatentFlip: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let method = try inputs.choice("flip_method", of: FlipMethod.self)
        let latent = try inputs.latent("samples")
        if latent.noiseMask != nil { context.warn("its mask isn't mirrored with it, as in ComfyUI") }
        return .of(latent.mirrored(method == .upsideDown ? .upsideDown : .leftToRight))
    }
}
