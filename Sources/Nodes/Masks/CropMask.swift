internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Cuts a part out of a mask; smaller where it would reach over the border.
struct CropMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let mask = try inputs.mask("mask")
        let (x, y) = (try inputs.int("x"), try inputs.int("y"))
        guard x < mask.width, y < mask.height else {
            throw NodeError(
                .badValue, input: x < mask.width ? "y" : "x", "(\(x), \(y)) lies outside the \(mask.width) × \(mask.height) mask")
        }
        let width = try inputs.int("width", most: mask.width - x, context)
        let height = try inputs.int("height", most: mask.height - y, context)
        return .of(Mask(mask.values.narrowed(1, from: y, count: height).narrowed(2, from: x, count: width)))
    }
}
