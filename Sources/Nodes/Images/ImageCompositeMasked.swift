internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Lays a picture over another one, through a mask.
struct ImageCompositeMasked: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let destination = try inputs.image("destination")
        // A destination with alpha takes a source without as opaque.
        var source = try inputs.image("source").withChannels(destination.channels)
        if try inputs.boolean("resize_source") {
            source = try source.resized(width: destination.width, height: destination.height, by: .bilinear)
        }
        let pixels = try destination.pixels.composited(
            source.pixels, mask: try inputs.optionalMask("mask")?.values, x: try inputs.int("x"), y: try inputs.int("y"),
            channels: .last)
        return .of(Image(pixels))
    }
}
