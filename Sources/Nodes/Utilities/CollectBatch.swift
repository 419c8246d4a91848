// Nodes: CollectList, CollectBatch

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
        switch values.first {
        case let first as Image: return .of(try joined(inputs.all("list"), to: first))
        case let first as Latent:
            return .of(try inputs.all("list", as: Latent.self).dropFirst().reduce(first) { try $0.followed(by: $1) })
        case let first as Mask: return .of(try joined(inputs.all("list"), to: first))
        case nil: throw NodeError(.badValue, input: "list", "there is nothing to join")
        case let first?:
            throw NodeError(
                .badValue, input: "list", "\(first.typeName) can't be joined to a batch", hint: "leave collect: batch out; a list will do")
        }
    }

    /// Pictures of other sizes are brought to the size of the first, as ImageBatch does.
    private func joined(_ images: [Image], to first: Image) throws -> Image {
        let channels = images.map(\.channels)
        if let other = channels.first(where: { $0 != first.channels }) {
            throw NodeError(
                .badValue, input: "list", "the first picture has \(first.channels) channels, another has \(other)",
                hint: "SplitImageWithAlpha takes transparency away, JoinImageWithAlpha adds it")
        }
        try checkMemory(for: [images.reduce(0) { $0 + $1.batch }] + first.pixels.shape.dropFirst())
        let fitted = try images.map { image in
            (image.width, image.height) == (first.width, first.height)
                ? image.pixels : try image.resized(width: first.width, height: first.height, by: .bilinear, cropping: .center).pixels
        }
        return Image(Tensor.concatenated(fitted, along: 0))
    }

    private func joined(_ masks: [Mask], to first: Mask) throws -> Mask {
        if let other = masks.first(where: { ($0.width, $0.height) != (first.width, first.height) }) {
            throw NodeError(
                .badValue, input: "list",
                "masks of \(first.width) × \(first.height) and \(other.width) × \(other.height) can't be one batch",
                hint: "bring them to one size first")
        }
        return Mask(Tensor.concatenated(masks.map(\.values), along: 0))
    }
}
