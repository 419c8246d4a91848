internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Mixes two pictures.
struct ImageBlend: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let first = try inputs.image("image1")
        var second = try inputs.image("image2")
        let mode = try inputs.choice("blend_mode", of: BlendMode.self)
        let channels = min(first.channels, second.channels)
        guard first.channels == channels else {
            throw NodeError(
                .badValue, input: "image2", "image1 has \(first.channels) channels and image2 \(second.channels)",
                hint: "JoinImageWithAlpha adds transparency")
        }
        second = second.withChannels(channels)
        return .of(try first.blended(with: second, mode: mode, amount: try inputs.float("blend_factor")))
    }
}
