internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Cuts a part out of pictures; smaller where it would reach over the border.
struct ImageCrop: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let x = min(try inputs.int("x"), image.width - 1)
        let y = min(try inputs.int("y"), image.height - 1)
        let width = min(try inputs.int("width"), image.width - x)
        let height = min(try inputs.int("height"), image.height - y)
        return .of(image.cropped(x: x, y: y, width: width, height: height))
    }
}
