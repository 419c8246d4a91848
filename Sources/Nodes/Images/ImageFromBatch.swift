internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Takes some pictures out of a batch.
struct ImageFromBatch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let first = try inputs.int("batch_index", most: image.batch - 1, context)
        let count = try inputs.int("length", most: image.batch - first, context)
        return .of(Image(image.pixels.narrowed(0, from: first, count: count)))
    }
}
