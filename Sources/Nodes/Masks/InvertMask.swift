internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Inverts a mask.
struct InvertMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(Mask(1 - (try inputs.mask("mask")).values))
    }
}
