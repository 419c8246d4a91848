internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Fades a mask out towards its edges.
struct FeatherMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            try inputs.mask("mask").feathered(
                left: inputs.int("left"), top: inputs.int("top"), right: inputs.int("right"),
                bottom: inputs.int("bottom")))
    }
}
