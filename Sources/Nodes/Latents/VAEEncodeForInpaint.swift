internal import Diffusion
internal import Networks
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Encodes a picture with the masked part greyed out, ready to be painted anew.
struct VAEEncodeForInpaint: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("pixels")
        image.warnOfCut(context)
        let parts = try InpaintingInputs(picture: image, mask: try inputs.mask("mask"))
        let grown = parts.grownMask(by: try inputs.int("grow_mask_by"))
        let samples = try inputs.vae("vae").encode(parts.blanked, options: context.vaeOptions)
        return .of(Latent(samples: samples, noiseMask: grown.values.reshaped([grown.batch, 1, grown.height, grown.width])))
    }
}
