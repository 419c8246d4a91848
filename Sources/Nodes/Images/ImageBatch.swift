internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Puts two batches behind each other; the second is fitted to the first's size.
struct ImageBatch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let first = try inputs.image("image1")
        var second = try inputs.image("image2")
        if (second.width, second.height) != (first.width, first.height) {
            second = try second.resized(width: first.width, height: first.height, by: .bilinear, cropping: .center)
        }
        guard first.channels == second.channels else {
            throw NodeError(
                .badValue, input: "image2",
                "image1 has \(first.channels) channels and image2 \(second.channels)",
                hint: "SplitImageWithAlpha takes transparency away, JoinImageWithAlpha adds it")
        }
        return .of(Image(Tensor.concatenated([first.pixels, second.pixels], along: 0)))
    }
}
