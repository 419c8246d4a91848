// Nodes: VAEEncode, VAEEncodeTiled

internal import Diffusion
internal import Networks
internal import Pictures
internal import WorkflowEngine

/// Encodes a picture into a latent.
struct VAEEncode: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("pixels")
        image.warnOfCut(context)
        return .of(Latent(samples: try inputs.vae("vae").encode(image, options: context.vaeOptions)))
    }
}

/// Encodes a picture tile by tile. Sizes are those of pixels; what they say about time is for videos.
struct VAEEncodeTiled: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("pixels")
        image.warnOfCut(context)
        let latent = try inputs.vae("vae").encodeTiled(
            image, tile: inputs.int("tile_size"), overlap: inputs.int("overlap", default: 64),
            options: context.vaeOptions)
        return .of(Latent(samples: latent))
    }
}
