internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Shows a mask as a grey picture.
struct MaskToImage: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.mask("mask").grey())
    }
}
