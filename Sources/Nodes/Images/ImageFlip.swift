internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Which way something is mirrored.
enum FlipMethod: String, CaseIterable {
    case upsideDown = "x-axis: vertically", leftToRight = "y-axis: horizontally"
}

/// Mirrors pictures.
struct ImageFlip: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let method = try inputs.choice("flip_method", of: FlipMethod.self)
        return .of(Image(try inputs.image("image").pixels.flipped(method == .upsideDown ? 1 : 2)))
    }
}
