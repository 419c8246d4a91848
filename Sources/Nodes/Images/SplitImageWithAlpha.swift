// Nodes: SplitImageWithAlpha, JoinImageWithAlpha

internal import Pictures
internal import Tensors
internal import WorkflowEngine

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
