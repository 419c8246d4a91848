internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Cuts a part out of pictures; smaller where it would reach over the border.
struct ImageCrop: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let x = try inputs.int("x", most: image.width - 1, context)
        let y = try inputs.int("y", most: image.height - 1, context)
        let width = try inputs.int("width", most: image.width - x, context)
        let height = try inputs.int("height", most: image.height - y, context)
        return .of(image.cropped(x: x, y: y, width: width, height: height))
    }
}
