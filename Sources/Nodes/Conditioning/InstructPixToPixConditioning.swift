internal import Diffusion
internal import Networks
internal import Pictures
internal import Tensors
internal import WorkflowEngine

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
