internal import Diffusion
internal import WorkflowEngine

/// Self-attention in tiles.
struct HyperTileNode: Node {
    static let type = "HyperTile"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(
            HyperTile(
                tileSize: inputs.int("tile_size"), swapSize: inputs.int("swap_size"), maxDepth: inputs.int("max_depth"),
                scalesDepth: inputs.boolean("scale_depth")))
    }
}
