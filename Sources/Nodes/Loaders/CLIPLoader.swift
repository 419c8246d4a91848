// Nodes: CLIPLoader, DualCLIPLoader

internal import Checkpoints
internal import Diffusion
internal import WorkflowEngine

/// Loads a text encoder from a file of its own.
struct CLIPLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        // The file tells which text model it is; "type" only matters for families that aren't Stable Diffusion.
        let path = try context.path(of: try inputs.string("clip_name"), kind: "text_encoders")
        let encoder = try TextEncoder(files: [CheckpointFile.open(path)])
        encoder.warnOfCensus(context)
        return .of(encoder)
    }
}

/// Loads two text encoders that work together, as SDXL wants them.
struct DualCLIPLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let type = try inputs.choice("type")
        guard type == "sdxl" else {
            throw NodeError(
                .unsupported, input: "type", "text encoders for \(type) aren't supported",
                hint: "Darkroom computes Stable Diffusion 1, 2 and XL")
        }
        let files = try ["clip_name1", "clip_name2"].map { name in
            try CheckpointFile.open(try context.path(of: try inputs.string(name), kind: "text_encoders"))
        }
        let encoder = try TextEncoder(files: files)
        encoder.warnOfCensus(context)
        return .of(encoder)
    }
}
