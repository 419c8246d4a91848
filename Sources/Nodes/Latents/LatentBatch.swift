internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Puts two batches behind each other; the second is fitted to the first's size.
struct LatentBatch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.latent("samples1").followed(by: inputs.latent("samples2")))
    }
}
