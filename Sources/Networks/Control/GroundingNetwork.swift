internal import Checkpoints
internal import Glibc
package import Tensors

/// GLIGEN's layers (Li et al. 2023, "GLIGEN: Open-Set Grounded Text-to-Image Generation"), ready to compute: one for every
/// transformer block of the U-Net, and a small network that turns boxes and texts into tokens.
package struct GroundingNetwork: Sendable {
    /// Boxes at most; missing ones are filled with learnt nothing.
    static let boxCount = 30
    /// Frequencies for each coordinate of a box.
    private static let frequencies = 8

    private let layers: [String: Layer]
    private let position: (LinearWeights, LinearWeights, LinearWeights)
    private let nothingSaid, nowhere: Tensor
    private let textWidth: Int
    private let place: String

    package init(loader: LayerLoader) throws {
        place = loader.source.displayName
        let part = loader.part("position_net")
        nothingSaid = try part.tensor("null_positive_feature").reshaped([1, -1])
        textWidth = nothingSaid.count
        let placeWidth = Self.frequencies * 2 * 4  // sine and cosine of two corners
        nowhere = try part.tensor("null_position_feature", shape: [placeWidth]).reshaped([1, -1])
        let first = try part.linear("linears.0", inputs: textWidth + placeWidth)
        let second = try part.linear("linears.2", inputs: first.outputs)
        let third = try part.linear("linears.4", inputs: second.outputs)
        position = (first, second, third)
        var layers: [String: Layer] = [:]
        let mark = ".fuser.linear.weight"
        // In a fixed order: the first ones are kept where not all can be.
        for name in loader.source.directory.keys.sorted() where name.hasSuffix(mark) {
            let block = String(name.dropLast(mark.count))
            layers[block] = try Layer(loader: loader.part(block + ".fuser"), contextWidth: third.outputs)
        }
        guard !layers.isEmpty else {
            throw NetworkError(.notRecognised, in: place, reason: "this GLIGEN network has no layers for the U-Net")
        }
        self.layers = layers
    }

    /// Boxes and their texts as tokens, `[30, width]`.
    ///
    /// - Parameters:
    ///   - height: of the latent (or the part of it) that is computed, in cells; likewise `width`.
    /// - Throws: `NetworkError.wrongInput` for texts of another width.
    package func tokens(
        of boxes: [Grounding.Box], height: Int, width: Int, _ operations: Operations = Operations()
    ) throws -> Tensor {
        let used = boxes.prefix(Self.boxCount)
        guard used.allSatisfy({ $0.text.count == textWidth }) else {
            throw NetworkError(
                .wrongInput, in: place, reason: "a box's text is \(used.first?.text.shape ?? []), a width of \(textWidth) is wanted",
                hint: "GLIGEN networks belong to one family of models; this one and the text encoder differ")
        }
        var rows = try used.map { box -> Tensor in
            let corners = [
                Float(box.x) / Float(width), Float(box.y) / Float(height), Float(box.x + box.width) / Float(width),
                Float(box.y + box.height) / Float(height),
            ]
            return try operations.join([box.text.reshaped([1, textWidth]), Self.waves(of: corners)], along: 1)
        }
        while rows.count < Self.boxCount { rows.append(try operations.join([nothingSaid, nowhere], along: 1)) }
        var x = try operations.join(rows, along: 0)
        x = try operations.linear(x, position.0, activation: .silu)
        x = try operations.linear(x, position.1, activation: .silu)
        return try operations.linear(x, position.2)
    }

    /// Sines and cosines of the corners, frequency by frequency: `100^(i/8)`.
    private static func waves(of corners: [Float]) -> Tensor {
        var values: [Float] = []
        for index in 0..<frequencies {
            let frequency = powf(100, Float(index) / Float(frequencies))
            values += corners.map { sinf(frequency * $0) }
            values += corners.map { cosf(frequency * $0) }
        }
        return Tensor(values, shape: [1, values.count])
    }

    /// What one transformer block's tokens become, `[batch, tokens, channels]`; unchanged where the file has no layer for it.
    func applied(
        to x: Tensor, with boxTokens: Tensor, in block: String, _ operations: Operations
    ) throws -> Tensor {
        guard let layer = layers[block] else { return x }
        guard layer.width == x.shape[2] else {
            throw NetworkError(
                .wrongInput, in: place, reason: "its layer for \(block) is \(layer.width) wide, the U-Net \(x.shape[2])",
                hint: "GLIGEN networks belong to one family of models")
        }
        return try layer(x, boxTokens, operations)
    }

    /// Attention of the picture's tokens to themselves and to the boxes, and a feed-forward layer, both behind learnt gates.
    private struct Layer: Sendable {
        let width: Int
        private let heads: Int
        private let project, joined, output, contract: LinearWeights
        private let expand: GEGLUWeights
        private let norms: (NormWeights, NormWeights)
        /// tanh of the learnt gates: 0 leaves the tokens as they are.
        private let attentionGate, denseGate: Float

        init(loader: LayerLoader, contextWidth: Int) throws {
            project = try loader.linear("linear", inputs: contextWidth)
            width = project.outputs
            // SD1's networks (text width 768) have 8 heads, later ones heads of 64.
            heads = contextWidth == 768 ? 8 : width / 64
            guard heads > 0, width % heads == 0 else {
                throw loader.wrongShape("linear.weight", "the channels don't divide into attention heads")
            }
            joined = try loader.linear(joining: ["attn.to_q", "attn.to_k", "attn.to_v"], inputs: width, outputs: width)
            output = try loader.linear("attn.to_out.0", inputs: width, outputs: width)
            expand = try loader.geglu("ff.net.0.proj", inputs: width)
            contract = try loader.linear("ff.net.2", inputs: expand.outputs, outputs: width)
            norms = (try loader.norm("norm1", channels: width), try loader.norm("norm2", channels: width))
            func gate(_ name: String) throws -> Float {
                let value = try loader.tensor(name)
                guard value.count == 1 else { throw loader.wrongShape(name, "a single number was expected") }
                return tanhf(value.reshaped([1]).scalar)
            }
            attentionGate = try gate("alpha_attn")
            denseGate = try gate("alpha_dense")
        }

        func callAsFunction(_ x: Tensor, _ boxTokens: Tensor, _ operations: Operations) throws -> Tensor {
            let (batch, tokens) = (x.shape[0], x.shape[1])
            let boxes = try operations.repeated(
                operations.linear(boxTokens, project).reshaped([1, -1, width]), toBatch: batch)
            let normed = try operations.layerNorm(operations.join([x, boxes], along: 1), norms.0)
            let all = try operations.linear(normed, joined)
            let attended = try operations.attention(
                query: TokenColumns(all, from: 0, count: width), key: TokenColumns(all, from: width, count: width),
                value: TokenColumns(all, from: 2 * width, count: width), heads: heads)
            // Only the picture's tokens go on.
            let picture = try operations.linear(operations.take(attended, along: 1, from: 0, count: tokens), output)
            let y = try operations.combine(1, x, attentionGate, picture)
            let hidden = try operations.geglu(operations.layerNorm(y, norms.1), expand)
            return try operations.combine(1, y, denseGate, operations.linear(hidden, contract))
        }
    }
}

/// The grounding of one network call: what its transformer blocks add after their self-attention.
package struct GroundingPatch: TokenPatch {
    let network: GroundingNetwork
    let boxTokens: Tensor

    package init(network: GroundingNetwork, boxTokens: Tensor) {
        self.network = network
        self.boxTokens = boxTokens
    }

    package func applied(to tokens: Tensor, in block: String, _ operations: Operations) throws -> Tensor {
        try network.applied(to: tokens, with: boxTokens, in: block, operations)
    }
}
