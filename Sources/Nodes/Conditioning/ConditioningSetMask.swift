internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Limits conditioning to where a mask is white.
struct ConditioningSetMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.conditioning("conditioning").masked(by: inputs))
    }
}
