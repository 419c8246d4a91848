internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Puts values one after another: what the elements of a `foreach` give.
struct CollectList: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        NodeOutputs([.list(inputs.names.flatMap { inputs.list($0) })])
    }
}

/// Joins a list of pictures, latents or masks to one batch.
struct CollectBatch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let values = inputs.list("list")
        guard let batch = try Batch.joining(values, input: "list") else {
            throw NodeError(
                .badValue, input: "list", values.isEmpty ? "there is nothing to join" : "\(values[0].typeName) can't be joined to a batch",
                hint: "leave collect: batch out; a list will do")
        }
        return .of(batch)
    }
}

/// Values of one kind as one batch.
enum Batch {
    /// - Returns: `nil` for values that have no batches.
    /// - Throws: `NodeError` when they don't fit together.
    static func joining(_ values: [any WorkflowValue], input: String) throws -> (any WorkflowValue)? {
        switch values.first {
        case let first as Image: try joined(all(values, like: first, input), to: first, input)
        case let first as Latent: try all(values, like: first, input).dropFirst().reduce(first) { try $0.followed(by: $1) }
        case let first as Mask: try joined(all(values, like: first, input), to: first, input)
        default: nil
        }
    }

    private static func all<Value: WorkflowValue>(_ values: [any WorkflowValue], like first: Value, _ input: String) throws -> [Value] {
        try values.map { value in
            guard let value = value as? Value else { throw NodeInputError(input: input, expected: first.typeName, found: value.typeName) }
            return value
        }
    }

    /// Pictures of other sizes are brought to the size of the first, as ImageBatch does.
    private static func joined(_ images: [Image], to first: Image, _ input: String) throws -> Image {
        if let other = images.first(where: { $0.channels != first.channels }) {
            throw NodeError(
                .badValue, input: input, "the first picture has \(first.channels) channels, another has \(other.channels)",
                hint: "SplitImageWithAlpha takes transparency away, JoinImageWithAlpha adds it")
        }
        try checkMemory(for: [images.reduce(0) { $0 + $1.batch }] + first.pixels.shape.dropFirst())
        let fitted = images.map { image in
            (image.width, image.height) == (first.width, first.height)
                ? image.pixels : image.resized(width: first.width, height: first.height, by: .bilinear, cropping: .center).pixels
        }
        return Image(Tensor.concatenated(fitted, along: 0))
    }

    private static func joined(_ masks: [Mask], to first: Mask, _ input: String) throws -> Mask {
        if let other = masks.first(where: { ($0.width, $0.height) != (first.width, first.height) }) {
            throw NodeError(
                .badValue, input: input,
                "masks of \(first.width) × \(first.height) and \(other.width) × \(other.height) can't be one batch",
                hint: "bring them to one size first")
        }
        return Mask(Tensor.concatenated(masks.map(\.values), along: 0))
    }
}
