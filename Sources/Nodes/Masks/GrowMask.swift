internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Grows or shrinks what a mask covers.
struct GrowMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.mask("mask").grown(by: inputs.int("expand"), tapered: inputs.boolean("tapered_corners")))
    }
}
