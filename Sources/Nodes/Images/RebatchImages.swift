internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Regroups lists of pictures into batches of a size.
struct RebatchImages: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let images = try inputs.all("images", as: Image.self)
        let size = try inputs.int("batch_size")
        let items = images.flatMap { image in (0..<image.batch).map { image.pixels.item($0) } }
        let batches = try stride(from: 0, to: items.count, by: size).map { start -> any WorkflowValue in
            let group = Array(items[start..<min(start + size, items.count)])
            guard group.allSatisfy({ $0.shape == group[0].shape }) else {
                let sizes = group.map { "\($0.shape[2]) × \($0.shape[1])" }
                throw NodeError(
                    .badValue, input: "images", "pictures of \(sizes.joined(separator: ", ")) can't be one batch",
                    hint: "ImageScale brings them to one size")
            }
            return Image(Tensor.concatenated(group, along: 0))
        }
        return NodeOutputs([.list(batches)])
    }
}
