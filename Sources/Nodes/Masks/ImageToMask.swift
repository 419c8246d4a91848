internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Takes one channel of a picture as a mask.
struct ImageToMask: Node {
    enum Channel: String, CaseIterable { case red, green, blue, alpha }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let channel = try inputs.choice("channel", of: Channel.self)
        let index = Channel.allCases.firstIndex(of: channel) ?? 0
        guard index < image.channels else {
            throw NodeError(
                .badValue, input: "channel",
                "the picture has \(image.channels) channels and no \(channel.rawValue)",
                hint: "LoadImage gives transparency as its second output, MASK")
        }
        let values = image.pixels.narrowed(3, from: index, count: 1)
        return .of(Mask(values.reshaped([image.batch, image.height, image.width])))
    }
}
