internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Adds room around a picture, and gives the mask of what is to be painted there.
struct ImagePadForOutpaint: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let (left, right) = (try inputs.int("left"), try inputs.int("right"))
        let (top, bottom) = (try inputs.int("top"), try inputs.int("bottom"))
        try checkMemory(for: [image.batch, top + image.height + bottom, left + image.width + right, image.channels])
        let padded = image.paddedForOutpainting(
            left: left, top: top, right: right, bottom: bottom, feathering: try inputs.int("feathering"))
        return .of(padded.image, padded.mask)
    }
}
