internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Reduces pictures to a few colours.
struct ImageQuantize: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let dithering = try inputs.choice("dither", of: Dithering.self)
        return .of(try image.quantized(colours: try inputs.int("colors"), dithering: dithering))
    }
}
