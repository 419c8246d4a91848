internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Makes a mask of the places that have one colour.
struct ImageColorToMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.image("image").mask(ofColour: inputs.int("color")))
    }
}
