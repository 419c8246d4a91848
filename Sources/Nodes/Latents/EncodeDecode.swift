internal import Diffusion
internal import Pictures
internal import WorkflowEngine

extension NodeContext {
    /// Encoding and decoding that can be stopped, and that tells how far it is.
    var vaeOptions: VAEOptions {
        VAEOptions(
            progress: { done, count in
                try checkCancellation()
                if count > 1 { progress(done, of: count) }
            },
            notice: { warn($0) })
    }
}

/// Decodes a latent into a picture.
struct VAEDecode: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.vae("vae").decode(inputs.latent("samples").samples, options: context.vaeOptions))
    }
}

/// Encodes a picture into a latent.
struct VAEEncode: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(Latent(samples: try inputs.vae("vae").encode(inputs.image("pixels"), options: context.vaeOptions)))
    }
}

/// Decodes a latent tile by tile. Sizes are those of pixels; what they say about time is for videos.
struct VAEDecodeTiled: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let tile = try inputs.int("tile_size")
        var overlap = try inputs.int("overlap", default: 64)
        if tile < overlap * 4 { overlap = tile / 4 }
        let image = try inputs.vae("vae").decodeTiled(
            inputs.latent("samples").samples, tile: tile / 8, overlap: overlap / 8, options: context.vaeOptions)
        return .of(image)
    }
}

/// Encodes a picture tile by tile. Sizes are those of pixels; what they say about time is for videos.
struct VAEEncodeTiled: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let latent = try inputs.vae("vae").encodeTiled(
            inputs.image("pixels"), tile: inputs.int("tile_size"), overlap: inputs.int("overlap", default: 64),
            options: context.vaeOptions)
        return .of(Latent(samples: latent))
    }
}
