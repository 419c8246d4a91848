internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Inverts the colours of a picture, and its transparency with them.
struct ImageInvert: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(Image(1 - (try inputs.image("image")).pixels))
    }
}
