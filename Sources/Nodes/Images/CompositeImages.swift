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
            source = source.resized(width: destination.width, height: destination.height, by: .bilinear)
        }
        let pixels = destination.pixels.composited(
            source.pixels, mask: try inputs.optionalMask("mask")?.values, x: try inputs.int("x"), y: try inputs.int("y"),
            channels: .last)
        return .of(Image(pixels))
    }
}

/// Puts two pictures with transparency together.
struct PorterDuffImageComposite: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let mode = try inputs.choice("mode", of: PorterDuffMode.self)
        let result = mode.composite(
            source: try inputs.image("source"), sourceMask: try inputs.mask("source_alpha"),
            destination: try inputs.image("destination"), destinationMask: try inputs.mask("destination_alpha"))
        return .of(result.image, result.mask)
    }
}

/// Takes the transparency of a picture off, as a mask.
struct SplitImageWithAlpha: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let shape = [image.batch, image.height, image.width]
        let mask =
            image.channels > 3
            ? Mask(1 - image.pixels.narrowed(3, from: 3, count: 1).reshaped(shape)) : Mask(.zeros(shape))
        return .of(image.channels > 3 ? image.withChannels(3) : image, mask)
    }
}

/// Makes a picture transparent where a mask is white.
struct JoinImageWithAlpha: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let mask = try inputs.mask("alpha").resized(width: image.width, height: image.height)
        let batch = min(image.batch, mask.batch)
        let alpha = (1 - mask.values.repeatedToBatch(batch)).reshaped([batch, image.height, image.width, 1])
        let colours = image.withChannels(3).pixels.repeatedToBatch(batch)
        return .of(Image(Tensor.concatenated([colours, alpha], along: 3)))
    }
}
