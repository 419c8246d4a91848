internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Encodes a picture with the masked part greyed out, ready to be painted anew.
struct VAEEncodeForInpaint: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let parts = try InpaintingInputs(picture: try inputs.image("pixels"), mask: try inputs.mask("mask"))
        let grown = parts.grownMask(by: try inputs.int("grow_mask_by"))
        let samples = try inputs.vae("vae").encode(parts.blanked, options: context.vaeOptions)
        return .of(Latent(samples: samples, noiseMask: grown.values.reshaped([grown.batch, 1, grown.height, grown.width])))
    }
}

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

/// Hands a picture to a model that edits pictures by instruction.
struct InstructPixToPixConditioning: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let latent = try inputs.vae("vae").encode(try inputs.image("pixels"), options: context.vaeOptions)
        // Such a model looks at no mask; an inpainting model would paint all of it anew.
        let edited = Conditioning.Inpainting(
            latent: latent, mask: Tensor(repeating: 1, shape: [1, 1, latent.shape[2], latent.shape[3]]))
        let sides = try ["positive", "negative"].map { side in
            try inputs.conditioning(side).changed { $0.inpainting = edited }
        }
        return .of(sides[0], sides[1], Latent(samples: .zeros(latent.shape)))
    }
}
