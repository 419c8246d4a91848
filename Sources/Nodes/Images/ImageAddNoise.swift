internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Adds grain to pictures.
struct ImageAddNoise: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let noise = SharedGenerator(seed: try inputs.unsigned("seed")).normal(image.pixels.shape)
        let strength = try inputs.float("strength")
        return .of(Image(Tensor.zip(image.pixels, noise) { max(0, min(1, $0 + strength * $1)) }))
    }
}
