internal import Problems
public import Checkpoints
public import Descriptions
public import Pictures
public import Tensors

/// A CLIP vision model as a recipe: where its weights are. ComfyUI's CLIP_VISION.
///
/// Weights are read and packed when a picture is looked at.
public struct VisionEncoder: Sendable {
    /// Names of Hugging Face's layout: `vision_model…`, `visual_projection.weight`.
    private(set) var content: any TensorSource

    /// The vision model of a file of its own, or the one inside a checkpoint that is steered by pictures.
    ///
    /// - Throws: `CheckpointError` when the file has none.
    public init(_ source: any TensorSource) throws { content = try Checkpoint.vision(source) }

    init(content: any TensorSource) { self.content = content }

    /// What the model sees in pictures.
    ///
    /// - Parameters:
    ///   - cropping: what happens to pictures that aren't square.
    ///   - memoryLimit: bytes that this process may take; weights for which there is no room are read for every picture, with the same
    ///     bits.
    /// - Throws: `NetworkError`, also when the memory allowed is too little, or what reading weights throws.
    public func encode(
        _ picture: Image, cropping: Cropping, store: WeightStore = .shared, memoryLimit: Int = MemoryBudget.limit,
        operations: Operations = Operations()
    ) throws -> VisionOutput {
        let pictures = max(picture.batch, 1)
        let room = try NetworkRoom(store, limit: memoryLimit, for: "looking at a picture", with: content) { loader, operations in
            let model = try CLIPVisionModel(loader: loader, operations: operations)
            let output = try model(.zeros([1, model.pictureSize, model.pictureSize, 3]))
            let bytes = output.lastHidden.byteCount + output.penultimateHidden.byteCount + output.embedding.byteCount
            return pictures > 1 ? 2 * pictures * bytes : 0
        }
        return try encode(picture, cropping: cropping, in: room, operations: operations)
    }

    func encode(_ picture: Image, cropping: Cropping, in room: NetworkRoom, operations: Operations = Operations()) throws -> VisionOutput {
        let model = try room.assemble { load in try CLIPVisionModel(loader: load(content), operations: operations) }
        let pixels = picture.pixels
        guard pixels.rank == 4, pixels.shape[3] >= 3, pixels.shape.allSatisfy({ $0 > 0 }) else {
            throw NetworkError(
                .wrongInput, in: content.displayName, reason: "the picture is \(pixels.shape), three colours are wanted")
        }
        // One at a time: the activations of many pictures side by side would only need memory.
        let outputs = try (0..<pixels.shape[0]).map { index in
            try model(VisionPicture.fitted(pixels.item(index), size: model.pictureSize, cropping: cropping))
        }
        if outputs.count == 1 { return outputs[0] }
        return VisionOutput(
            lastHidden: Tensor.concatenated(outputs.map(\.lastHidden), along: 0),
            penultimateHidden: Tensor.concatenated(outputs.map(\.penultimateHidden), along: 0),
            embedding: Tensor.concatenated(outputs.map(\.embedding), along: 0))
    }
}

/// What a vision model made of pictures: ComfyUI's CLIP_VISION_OUTPUT.
public struct VisionOutput: Sendable {
    /// State of all tokens after the last layer, the class token first, `[batch, 1 + patches, width]`.
    public var lastHidden: Tensor
    /// The same before the last layer.
    public var penultimateHidden: Tensor
    /// The picture as a vector in the space that CLIP shares with texts, `[batch, width]`, not normalised.
    public var embedding: Tensor

    public init(lastHidden: Tensor, penultimateHidden: Tensor, embedding: Tensor) {
        self.lastHidden = lastHidden
        self.penultimateHidden = penultimateHidden
        self.embedding = embedding
    }
}

extension VisionEncoder: Recipe {
    public static var blank: VisionEncoder { VisionEncoder(content: NoSource()) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("vision encoder"))
        try visitor.visit("content", &content)
    }
}

extension VisionOutput: Described {
    public static var blank: VisionOutput {
        VisionOutput(lastHidden: Tensor([0]), penultimateHidden: Tensor([0]), embedding: Tensor([0]))
    }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit("lastHidden", &lastHidden)
        try visitor.visit("penultimateHidden", &penultimateHidden)
        try visitor.visit("embedding", &embedding)
        guard visitor.isReading else { return }
        guard lastHidden.rank == 3, penultimateHidden.rank == 3, embedding.rank == 2 else {
            throw DescriptionError("a seen picture of \(lastHidden.shape), \(penultimateHidden.shape) and \(embedding.shape)")
        }
    }
}
