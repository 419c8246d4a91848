internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Makes a mask black and white.
struct ThresholdMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.mask("mask").thresholded(above: inputs.float("value")))
    }
}
