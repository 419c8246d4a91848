internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Grows, shrinks, opens or closes bright parts, or shows what that takes away.
struct Morphology: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let operation = try inputs.choice("operation", of: MorphologyOperation.self)
        return .of(try operation.apply(to: try inputs.image("image"), kernel: try inputs.int("kernel_size")))
    }
}
