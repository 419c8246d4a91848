internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Puts two pictures with transparency together.
struct PorterDuffImageComposite: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let mode = try inputs.choice("mode", of: PorterDuffMode.self)
        let result = try mode.composite(
            source: try inputs.image("source"), sourceMask: try inputs.mask("source_alpha"),
            destination: try inputs.image("destination"), destinationMask: try inputs.mask("destination_alpha"))
        return .of(result.image, result.mask)
    }
}
