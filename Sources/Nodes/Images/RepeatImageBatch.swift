internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Repeats a batch as a whole.
struct RepeatImageBatch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let count = image.batch * (try inputs.int("amount"))
        try checkMemory(for: [count] + image.pixels.shape.dropFirst())
        return .of(Image(image.pixels.repeatedToBatch(count)))
    }
}
