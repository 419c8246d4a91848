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
    func callAsFunction(_ x: Tensor, index: Int, _ trace: Trace) -> Tensor {
        let y: Tensor
        if trace.observer == nil {
            let attended = attention(x, adding: x)
            y = feedForward(attended, adding: attended)
        } else {
            // The shortcut is added last either way: the same bits, but the parts can be looked at.
            let attention = attention(x, adding: nil)
            trace.block("layer\(index).attn", attention)
            let attended = attention + x
            let fed = feedForward(attended, adding: nil)
            trace.block("layer\(index).mlp", fed)
            y = fed + attended
        }
        trace.block("layer\(index)", y)
        return y
    }

    private func attention(_ x: Tensor, adding residual: Tensor?) -> Tensor {
        let joined = linear(layerNorm(x, firstNorm), projections)
        let heads = Tensors.attention(
            query: TokenColumns(joined, from: 0, count: width), key: TokenColumns(joined, from: width, count: width),
            value: TokenColumns(joined, from: 2 * width, count: width), heads: heads, causal: isCausal)
        return linear(heads, output, adding: residual)
    }

    private func feedForward(_ x: Tensor, adding residual: Tensor?) -> Tensor {
        linear(linear(layerNorm(x, secondNorm), up, activation: activation), down, adding: residual)
    }
}
