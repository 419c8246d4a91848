public import Checkpoints
public import Descriptions
public import Pictures
public import Tensors

/// A PhotoMaker (Li et al. 2024) as a recipe: where its weights are. It puts a face into the token of a text. ComfyUI's PHOTOMAKER.
public struct PhotoMaker: Sendable {
    /// `vision_model…`, `visual_projection…`, `visual_projection_2…`, `fuse_module…`.
    private(set) var content: any TensorSource

    /// - Throws: `NetworkError.notRecognised` when the file has none.
    public init(_ source: any TensorSource) throws {
        let inner = DerivedSource(source, below: "id_encoder.")
        content = inner.directory.isEmpty ? source : inner
        guard content.directory["fuse_module.mlp1.fc1.weight"] != nil else {
            throw NetworkError(
                .notRecognised, in: source.displayName, reason: "no PhotoMaker in it: there is no fuse_module.mlp1.fc1.weight")
        }
    }

    init(content: any TensorSource) { self.content = content }

    /// A text in which one token stands for the person on a picture.
    ///
    /// - Parameters:
    ///   - embedding: of the text, `[1, tokens, width]`.
    ///   - place: of the token, less than `tokens`.
    ///   - memoryLimit: bytes that this process may take; weights for which there is no room are read when they are needed, with the
    ///     same bits.
    /// - Throws: `NetworkError`, also when the memory allowed is too little, or what reading weights throws.
    public func fused(
        _ embedding: Tensor, at place: Int, with picture: Image, store: WeightStore = .shared, memoryLimit: Int = MemoryBudget.limit
    ) throws -> Tensor {
        guard embedding.rank == 3, embedding.shape[0] == 1, (0..<embedding.shape[1]).contains(place) else {
            throw NetworkError(.wrongInput, in: content.displayName, reason: "a text of \(embedding.shape) has no place \(place)")
        }
        guard picture.batch == 1, picture.channels >= 3, picture.pixels.count > 0 else {
            throw NetworkError(
                .wrongInput, in: content.displayName, reason: "the picture is \(picture.pixels.shape)",
                hint: "one picture in colour is wanted")
        }
        let width = embedding.shape[2]
        let room = try NetworkRoom(store, limit: memoryLimit, for: "looking at a face", with: content) { loader, operations in
            let network = try PhotoMakerNetwork(loader: loader, width: width, operations: operations)
            _ = try network(.zeros([1, width]), .zeros([1, network.pictureSize, network.pictureSize, 3]))
            return 0
        }
        return try fused(embedding, at: place, with: picture, in: room)
    }

    func fused(_ embedding: Tensor, at place: Int, with picture: Image, in room: NetworkRoom) throws -> Tensor {
        let network = try room.assemble { load in try PhotoMakerNetwork(loader: load(content), width: embedding.shape[2]) }
        let token = embedding.narrowed(1, from: place, count: 1).reshaped([1, embedding.shape[2]])
        let fused = try network(token, picture.pixels).reshaped([1, 1, embedding.shape[2]])
        let rest = embedding.shape[1] - place - 1
        var parts = [fused]
        if place > 0 { parts.insert(embedding.narrowed(1, from: 0, count: place), at: 0) }
        if rest > 0 { parts.append(embedding.narrowed(1, from: place + 1, count: rest)) }
        return Tensor.concatenated(parts, along: 1)
    }
}

/// A vision model with a second projection, and two small networks that mix what it saw with a token.
struct PhotoMakerNetwork {
    private let vision: CLIPVisionModel
    private let operations: Operations
    private let secondProjection: LinearWeights
    private let mix, refine: Perceptron
    private let norm: NormWeights

    /// Norm, two layers with GELU between them.
    private struct Perceptron {
        let norm: NormWeights
        let first, second: LinearWeights

        init(loader: LayerLoader, inputs: Int, outputs: Int) throws {
            norm = try loader.norm("layernorm", channels: inputs)
            first = try loader.linear("fc1", inputs: inputs)
            second = try loader.linear("fc2", inputs: first.outputs, outputs: outputs)
        }

        func callAsFunction(_ x: Tensor, _ operations: Operations) throws -> Tensor {
            let hidden = try operations.linear(operations.layerNorm(x, norm), first, activation: .gelu)
            return try operations.linear(hidden, second)
        }
    }

    /// - Parameter width: of the text's tokens; the two projections together must be as wide.
    init(loader: LayerLoader, width: Int, operations: Operations = Operations()) throws {
        self.operations = operations
        vision = try CLIPVisionModel(loader: loader, usesQuickGELU: true, operations: operations)
        secondProjection = try loader.linear("visual_projection_2", inputs: vision.width)
        let together = vision.embeddingWidth + secondProjection.outputs
        guard together == width else {
            throw NetworkError(
                .wrongInput, in: loader.source.displayName,
                reason: "the text is \(width) numbers wide, this PhotoMaker wants \(together)",
                hint: "the published one belongs to SDXL")
        }
        let fuse = loader.part("fuse_module")
        mix = try Perceptron(loader: fuse.part("mlp1"), inputs: 2 * width, outputs: width)
        refine = try Perceptron(loader: fuse.part("mlp2"), inputs: width, outputs: width)
        norm = try fuse.norm("layer_norm", channels: width)
    }

    /// Side of the picture that the vision model looks at.
    var pictureSize: Int { vision.pictureSize }

    /// - Parameters:
    ///   - token: `[1, width]`.
    ///   - pixels: `[1, height, width, 3 or more]`, 0…1.
    func callAsFunction(_ token: Tensor, _ pixels: Tensor) throws -> Tensor {
        let hidden = try vision.hidden(of: VisionPicture.fitted(pixels, size: vision.pictureSize, cropping: .center))
        let person = try operations.join(
            [vision.embedding(of: hidden), operations.linear(hidden.pooled, secondProjection)], along: 1)
        let mixed = try operations.add(mix(operations.join([token, person], along: 1), operations), token)
        return try operations.layerNorm(operations.add(refine(mixed, operations), mixed), norm)
    }
}

extension PhotoMaker: Recipe {
    public static var blank: PhotoMaker { PhotoMaker(content: NoSource()) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("photomaker"))
        try visitor.visit("content", &content)
    }
}
