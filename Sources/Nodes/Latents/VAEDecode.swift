// Nodes: VAEDecode, VAEDecodeTiled

internal import Diffusion
internal import Networks
internal import Pictures
internal import WorkflowEngine

/// Decodes a latent into a picture.
struct VAEDecode: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.vae("vae").decode(inputs.latent("samples").samples, options: context.vaeOptions))
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
