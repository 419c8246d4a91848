internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Tells size and number of pictures.
struct GetImageSize: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        return .of(Int64(image.width), Int64(image.height), Int64(image.batch))
    }
}
