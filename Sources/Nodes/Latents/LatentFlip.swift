internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Mirrors a latent.
struct LatentFlip: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let method = try inputs.choice("flip_method", of: FlipMethod.self)
        return .of(try inputs.latent("samples").mirrored(method == .upsideDown ? .upsideDown : .leftToRight))
    }
}
