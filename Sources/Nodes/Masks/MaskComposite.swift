internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Combines two masks where they overlap.
struct MaskComposite: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let operation = try inputs.choice("operation", of: MaskOperation.self)
        return .of(
            try inputs.mask("destination").combined(
                with: inputs.mask("source"), x: inputs.int("x"), y: inputs.int("y"), operation))
    }
}
