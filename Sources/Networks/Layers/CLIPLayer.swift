internal import Tensors

/// One layer of CLIP's transformers (Radford et al. 2021), for text as for pictures: attention and a feed-forward network, each
/// after a norm and around a shortcut.
///
/// Names of tensors are those of transformers: `layer_norm1`, `self_attn.q_proj`, `mlp.fc1`.
struct CLIPLayer: Sendable {
    private let firstNorm, secondNorm: NormWeights
    /// Queries, keys and values side by side.
    private let projections: LinearWeights
    private let output: LinearWeights
    private let up, down: LinearWeights
    private let heads: Int
    private let width: Int
    private let activation: Activation
    /// Whether a token sees only those before it.
    private let isCausal: Bool

    /// - Parameter width: a multiple of `heads`.
    /// - Throws: `NetworkError` for missing tensors and for shapes that don't fit.
    init(loader: LayerLoader, width: Int, heads: Int, usesQuickGELU: Bool, isCausal: Bool) throws {
        firstNorm = try loader.norm("layer_norm1", channels: width)
        projections = try loader.linear(
            joining: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"], inputs: width, outputs: width)
        output = try loader.linear("self_attn.out_proj", inputs: width, outputs: width)
        secondNorm = try loader.norm("layer_norm2", channels: width)
        up = try loader.linear("mlp.fc1", inputs: width)
        down = try loader.linear("mlp.fc2", inputs: up.outputs, outputs: width)
        self.heads = heads
        self.width = width
        self.isCausal = isCausal
        activation = usesQuickGELU ? .quickGELU : .gelu
    }

    /// All layers below `encoder.layers`, in order.
    static func all(in loader: LayerLoader, width: Int, heads: Int, usesQuickGELU: Bool, isCausal: Bool) throws -> [CLIPLayer] {
        var layers: [CLIPLayer] = []
        while loader.has("\(layers.count).layer_norm1.weight") {
            layers.append(
                try CLIPLayer(
                    loader: loader.part("\(layers.count)"), width: width, heads: heads, usesQuickGELU: usesQuickGELU,
                    isCausal: isCausal))
        }
        return layers
    }

    /// - Parameter x: `[batch, tokens, width]`.
    func callAsFunction(_ x: Tensor, index: Int, _ operations: Operations) throws -> Tensor {
        let y: Tensor
        if operations.isObserved {
            // The shortcut is added last either way: the same bits, but the parts can be looked at.
            let attention = try lookedAt(x, adding: nil, operations)
            operations.block("layer\(index).attn", attention)
            let attended = try operations.add(attention, x)
            let fed = try feedForward(attended, adding: nil, operations)
            operations.block("layer\(index).mlp", fed)
            y = try operations.add(fed, attended)
        } else {
            let attended = try lookedAt(x, adding: x, operations)
            y = try feedForward(attended, adding: attended, operations)
        }
        operations.block("layer\(index)", y)
        return y
    }

    private func lookedAt(_ x: Tensor, adding residual: Tensor?, _ operations: Operations) throws -> Tensor {
        let joined = try operations.linear(operations.layerNorm(x, firstNorm), projections)
        let heads = try operations.attention(
            query: TokenColumns(joined, from: 0, count: width), key: TokenColumns(joined, from: width, count: width),
            value: TokenColumns(joined, from: 2 * width, count: width), heads: heads, causal: isCausal)
        return try operations.linear(heads, output, adding: residual)
    }

    private func feedForward(_ x: Tensor, adding residual: Tensor?, _ operations: Operations) throws -> Tensor {
        let widened = try operations.linear(operations.layerNorm(x, secondNorm), up, activation: activation)
        return try operations.linear(widened, down, adding: residual)
    }
}
