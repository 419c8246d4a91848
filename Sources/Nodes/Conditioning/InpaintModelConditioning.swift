internal import Diffusion
internal import Networks
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Hands the picture and the mask to an inpainting model, as conditioning and as latent.
struct InpaintModelConditioning: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let vae = try inputs.vae("vae")
        let parts = try InpaintingInputs(picture: try inputs.image("pixels"), mask: try inputs.mask("mask"))
        let mask = parts.mask.values.reshaped([parts.mask.batch, 1, parts.mask.height, parts.mask.width])
        let whole = try vae.encode(parts.picture, options: context.vaeOptions)
        let inpainting = Conditioning.Inpainting(
            latent: try vae.encode(parts.blanked, options: context.vaeOptions), mask: mask)
        let sides = try ["positive", "negative"].map { side in
            try inputs.conditioning(side).changed { $0.inpainting = inpainting }
        }
        let limits = try inputs.boolean("noise_mask", default: true)
        return .of(sides[0], sides[1], Latent(samples: whole, noiseMask: limits ? mask : nil))
    }
}
