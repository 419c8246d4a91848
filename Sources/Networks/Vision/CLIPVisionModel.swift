internal import Checkpoints
internal import Tensors

/// CLIP's picture transformer (ViT, Dosovitskiy et al. 2020; Radford et al. 2021), ready to compute: patches as tokens behind a
/// class token, learnt positions, pre-norm.
///
/// Names of tensors are those of transformers: `vision_model.encoder.layers.0.self_attn.q_proj.weight`,
/// `visual_projection.weight`.
struct CLIPVisionModel: Sendable {
    /// Attention heads of ViT-L, ViT-H and ViT-bigG alike.
    private static let heads = 16
    /// Models up to this depth are OpenAI's (ViT-L has 24 layers) and use its approximation of GELU; OpenCLIP's are deeper.
    private static let deepestOfOpenAI = 30

    /// No model looks at pictures anywhere near this large; a damaged file may say so.
    private static let largestPicture = 4096

    /// Side of the square picture that the model looks at, in pixels.
    let pictureSize: Int
    private let patches: ConvolutionWeights
    /// The class token, `[1, 1, width]`.
    private let classToken: Tensor
    /// `[1, 1 + patches, width]`.
    private let positions: Tensor
    private let firstNorm, finalNorm: NormWeights
    private let layers: [CLIPLayer]
    private let projection: LinearWeights
    private let operations: Operations

    /// - Parameter usesQuickGELU: `nil` tells it by the depth.
    /// - Throws: `NetworkError` for missing tensors and for shapes that don't fit.
    init(loader whole: LayerLoader, usesQuickGELU: Bool? = nil, operations: Operations = Operations()) throws {
        let loader = whole.part("vision_model")
        let embeddings = loader.part("embeddings")
        let shape = try embeddings.demandedShape("patch_embedding.weight")
        guard shape.count == 4, shape[1] == 3, shape[2] == shape[3], shape[2] > 0, shape[0] > 0, shape[0] % Self.heads == 0 else {
            throw embeddings.wrongShape("patch_embedding.weight", "[a multiple of \(Self.heads), 3, patch, patch] was expected")
        }
        let (width, patch) = (shape[0], shape[2])
        guard width != 768, width != 1152 else {
            throw NetworkError(
                .notRecognised, in: loader.source.displayName,
                reason: width == 768 ? "this is a ViT-B" : "this is a SigLIP model",
                hint: "CLIP's ViT-L/14, ViT-H/14 and ViT-bigG/14 are supported")
        }
        patches = try embeddings.convolution(
            "patch_embedding", inputs: 3, outputs: width, kernel: patch, stride: patch, padding: Padding.none)
        classToken = try embeddings.tensor("class_embedding", shape: [width]).reshaped([1, 1, width])
        let table = try embeddings.tensor("position_embedding.weight")
        let side = table.rank == 2 ? Int(Double(max(table.shape[0] - 1, 0)).squareRoot()) : 0
        guard side > 0, side * patch <= Self.largestPicture, table.shape == [side * side + 1, width] else {
            throw embeddings.wrongShape("position_embedding.weight", "[1 + a square number of patches, \(width)] was expected")
        }
        positions = table.reshaped([1, table.shape[0], width])
        pictureSize = side * patch
        firstNorm = try loader.norm("pre_layrnorm", channels: width)
        let depth = (0...).prefix { loader.has("encoder.layers.\($0).layer_norm1.weight") }.count
        guard depth > 0 else {
            throw NetworkError(
                .missingTensor, in: loader.source.displayName, tensor: loader.prefix + "encoder.layers.0.layer_norm1.weight",
                reason: "is missing")
        }
        layers = try CLIPLayer.all(
            in: loader.part("encoder.layers"), width: width, heads: Self.heads,
            usesQuickGELU: usesQuickGELU ?? (depth <= Self.deepestOfOpenAI), isCausal: false)
        finalNorm = try loader.norm("post_layernorm", channels: width)
        projection = try whole.linear("visual_projection", inputs: width)
        self.operations = operations
    }

    /// What came of pictures before any projection.
    struct Hidden {
        /// As in `VisionOutput`.
        var last, penultimate: Tensor
        /// The class token after the final norm, `[batch, width]`.
        var pooled: Tensor
    }

    /// Width of the projected vector.
    var embeddingWidth: Int { projection.outputs }

    /// Channels of a token.
    var width: Int { patches.outputs }

    /// Looks at pictures.
    ///
    /// - Parameter pixels: `[batch, pictureSize, pictureSize, 3]`, normalised.
    func callAsFunction(_ pixels: Tensor) throws -> VisionOutput {
        let hidden = try hidden(of: pixels)
        return VisionOutput(
            lastHidden: hidden.last, penultimateHidden: hidden.penultimate, embedding: try embedding(of: hidden))
    }

    /// Pictures as vectors in the space that CLIP shares with texts.
    func embedding(of hidden: Hidden) throws -> Tensor { try operations.linear(hidden.pooled, projection) }

    /// The same as the call, up to the projection.
    func hidden(of pixels: Tensor) throws -> Hidden {
        let batch = pixels.shape[0]
        let grid = try operations.convolution(pixels, patches)
        let width = grid.shape[3]
        let tokens = grid.reshaped([batch, grid.shape[1] * grid.shape[2], width])
        let first = try operations.repeated(classToken, toBatch: batch)
        var x = try operations.add(
            operations.join([first, tokens], along: 1), operations.repeated(positions, toBatch: batch))
        x = try operations.layerNorm(x, firstNorm)
        var before = x
        for (index, layer) in layers.enumerated() {
            before = x
            x = try layer(x, index: index, operations)
        }
        let classes = try operations.take(x, along: 1, from: 0, count: 1).reshaped([batch, width])
        let pooled = try operations.layerNorm(classes, finalNorm)
        return Hidden(last: x, penultimate: before, pooled: pooled)
    }
}
