// Nodes: EmptyLatentImage, EmptySD3LatentImage

internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Gives an empty latent to start a new picture from.
struct EmptyLatentImage: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let height = try inputs.cells("height", context)
        let width = try inputs.cells("width", context)
        let batch = try inputs.int("batch_size")
        try checkMemory(for: [batch, 4, height, width])
        return .of(Latent(samples: .zeros([batch, 4, height, width])))
    }
}

/// Gives an empty latent of 16 channels; an ordinary model uses the first four.
struct EmptySD3LatentImage: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let shape = [try inputs.int("batch_size"), 16, try inputs.cells("height", context), try inputs.cells("width", context)]
        try checkMemory(for: shape)
        return .of(Latent(samples: .zeros(shape)))
    }
}
