// Nodes: LatentOperationTonemapReinhard, LatentOperationSharpen, LatentApplyOperation, LatentApplyOperationCFG

internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Tames strong contrasts of a latent.
struct LatentOperationTonemapReinhard: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(LatentOperation.tonemapReinhard(multiplier: try inputs.double("multiplier")))
    }
}

/// Sharpens a latent.
struct LatentOperationSharpen: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            LatentOperation.sharpen(
                radius: try inputs.int("sharpen_radius"), sigma: try inputs.double("sigma"),
                alpha: try inputs.double("alpha")))
    }
}

/// Applies an operation to a latent.
struct LatentApplyOperation: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var latent = try inputs.latent("samples")
        let operation: LatentOperation = try inputs.value("operation")
        latent.samples = try operation.apply(to: latent.samples)
        return .of(latent)
    }
}

/// Applies an operation to the direction in which the text pulls, in every step.
struct LatentApplyOperationCFG: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let operation: LatentOperation = try inputs.value("operation")
        return try inputs.patchedModel(GuidanceOperation(operation))
    }
}
