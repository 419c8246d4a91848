internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Gives an empty latent to start a new picture from.
struct EmptyLatentImage: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let height = try inputs.int("height") / 8
        let width = try inputs.int("width") / 8
        let batch = try inputs.int("batch_size")
        return .of(Latent(samples: .zeros([batch, 4, height, width])))
    }
}
