internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Gives pictures of one colour.
struct EmptyImage: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let (width, height) = (try inputs.int("width"), try inputs.int("height"))
        let batch = try inputs.int("batch_size")
        let color = try inputs.int("color")
        let channels = [16, 8, 0].map { Float(color >> $0 & 0xFF) / 255 }
        try checkMemory(for: [batch, height, width, 3])
        let pixels = Tensor(shape: [batch, height, width, 3]) { out in
            for index in out.indices { out[index] = channels[index % 3] }
        }
        return .of(Image(pixels))
    }
}
