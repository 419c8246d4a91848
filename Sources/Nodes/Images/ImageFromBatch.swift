internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Takes some pictures out of a batch.
struct ImageFromBatch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let first = min(image.batch - 1, try inputs.int("batch_index"))
        let count = min(image.batch - first, try inputs.int("length"))
        return .of(Image(image.pixels.narrowed(0, from: first, count: count)))
    }
}
