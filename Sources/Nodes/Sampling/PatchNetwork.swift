internal import Diffusion
internal import WorkflowEngine

// Nodes that step into the U-Net. What they do is in Diffusion/Patches.

/// FreeU.
struct FreeUNode: Node {
    static let type = "FreeU"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(inputs.freeU(isVersion2: false))
    }
}

/// FreeU, the second version.
struct FreeU_V2: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(inputs.freeU(isVersion2: true))
    }
}

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

/// Token merging.
struct TomePatchModel: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(TokenMerging(ratio: inputs.double("ratio")))
    }
}

/// The inner blocks at a smaller size.
struct PatchModelAddDownscale: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(
            Downscaling(
                block: inputs.int("block_number"), factor: inputs.double("downscale_factor"),
                keepsSkip: inputs.boolean("downscale_after_skip"), shrinking: inputs.choice("downscale_method"),
                growing: inputs.choice("upscale_method"),
                range: ScheduleRange(start: inputs.double("start_percent"), end: inputs.double("end_percent"))))
    }
}

extension NodeInputs {
    fileprivate func freeU(isVersion2: Bool) throws -> FreeU {
        FreeU(
            b1: try float("b1"), b2: try float("b2"), s1: try float("s1"), s2: try float("s2"), isVersion2: isVersion2)
    }
}
