internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Gives a mask of one value.
struct SolidMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let shape = [1, try inputs.int("height"), try inputs.int("width")]
        try checkMemory(for: shape)
        return .of(Mask(Tensor(repeating: try inputs.float("value"), shape: shape)))
    }
}
