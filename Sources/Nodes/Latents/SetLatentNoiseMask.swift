internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Limits sampling to where a mask is white.
struct SetLatentNoiseMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var latent = try inputs.latent("samples")
        let mask = try inputs.mask("mask")
        latent.noiseMask = mask.values.reshaped([-1, 1, mask.height, mask.width])
        return .of(latent)
    }
}
