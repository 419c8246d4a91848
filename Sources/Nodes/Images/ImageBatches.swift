internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Tells size and number of pictures.
struct GetImageSize: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        return .of(Int64(image.width), Int64(image.height), Int64(image.batch))
    }
}

/// Takes some pictures out of a batch.
struct ImageFromBatch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let first = min(image.batch - 1, try inputs.int("batch_index"))
        let count = min(image.batch - first, try inputs.int("length"))
        return .of(Image(image.pixels.narrowed(0, from: first, count: count)))
    }
}

/// Repeats a batch as a whole.
struct RepeatImageBatch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let count = image.batch * (try inputs.int("amount"))
        try checkMemory(for: [count] + image.pixels.shape.dropFirst())
        return .of(Image(image.pixels.repeatedToBatch(count)))
    }
}

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
