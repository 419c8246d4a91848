// Nodes: LoadImage, LoadImageOutput, LoadImageMask

internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Reads a picture; its transparency becomes a mask.
struct LoadImage: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try Self.read(try inputs.string("image"), kind: "input", in: context)
    }

    /// The picture, and where it is transparent: white; 64 × 64 of black for each frame where nothing says so, as ComfyUI does.
    static func read(_ name: String, kind: String, in context: NodeContext) throws -> NodeOutputs {
        let picture = try Picture.read(context.path(of: name, kind: kind))
        for note in picture.notes { context.warn("\(name): \(note)") }
        // A colour that a file calls transparent counts for LoadImageMask only.
        let mask = picture.isColorKeyed ? nil : picture.transparency
        return .of(picture.image, mask ?? Mask(.zeros([picture.image.batch, 64, 64])))
    }
}

/// Reads a picture from the output folder.
struct LoadImageOutput: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try LoadImage.read(try inputs.string("image"), kind: "output", in: context)
    }
}

/// Reads one channel of a picture as a mask; of an animation, the first frame.
struct LoadImageMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let name = try inputs.string("image")
        let picture = try Picture.read(context.path(of: name, kind: "input"))
        for note in picture.notes { context.warn("\(name): \(note)") }
        let image = picture.image
        let channel = try inputs.choice("channel", of: ImageToMask.Channel.self)
        guard channel == .alpha else {
            let index = ImageToMask.Channel.allCases.firstIndex(of: channel) ?? 0
            let values = image.pixels.item(0).narrowed(3, from: index, count: 1)
            return .of(Mask(values.reshaped([1, image.height, image.width])))
        }
        // A picture that is nowhere transparent gives black, in its own size (LoadImage gives 64 × 64).
        let values = picture.transparency?.values.item(0) ?? .zeros([1, image.height, image.width])
        return .of(Mask(values))
    }
}
