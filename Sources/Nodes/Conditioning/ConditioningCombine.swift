internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Puts two conditionings side by side: the model sees each, the predictions are averaged.
struct ConditioningCombine: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let first = try inputs.conditioning("conditioning_1")
        let second = try inputs.conditioning("conditioning_2")
        return .of(Conditioning(first.entries + second.entries))
    }
}
