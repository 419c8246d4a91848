public import Networks
public import Prompts
public import Tensors

extension TextEncoder {
    /// Encodes a prompt: weights, any length, embeddings, clip skip.
    ///
    /// Weights are applied to the encoder's output, as ComfyUI does: what a token differs from the encoding of the empty prompt at
    /// its place is multiplied by its weight. Chunks of 75 tokens are encoded apart and joined.
    ///
    /// - Parameters:
    ///   - embeddings: where `embedding:name` is looked up.
    ///   - warn: told of embeddings that are left out.
    /// - Returns: one entry: embedding `[1, 77 · chunks, width]` and the first chunk's pooled vector `[1, width]`.
    /// - Throws: `PromptError`, `NetworkError`, or what reading weights throws.
    public func encode(
        _ prompt: String, embeddings: any EmbeddingLibrary = NoEmbeddings(), store: WeightStore = .shared,
        operations: Operations = Operations(), warn: (String) -> Void = { _ in }
    ) throws -> Conditioning {
        let texts = models.map { _ in prompt }
        return try encode(texts, embeddings: embeddings, store: store, operations: operations, warn: warn)
    }

    /// Encodes a text for each text model (SDXL takes two).
    ///
    /// - Parameters:
    ///   - prompts: as many as there are models.
    ///   - leftOut: number of a piece of the prompt, as in `PromptToken.group`, whose tokens are left out.
    ///   - fillsUp: a text of fewer chunks than another gets empty ones; otherwise the longer one is cut.
    public func encode(
        _ prompts: [String], leavingOut leftOut: Int? = nil, fillsUp: Bool = false, embeddings: any EmbeddingLibrary = NoEmbeddings(),
        store: WeightStore = .shared, operations: Operations = Operations(), warn: (String) -> Void = { _ in }
    ) throws -> Conditioning {
        let encoded = try encoded(prompts, leavingOut: leftOut, fillsUp: fillsUp, embeddings, store, operations, warn)
        // Embeddings with more vectors for one model than for the other may leave one text longer.
        let tokens = encoded.map { $0.embedding.shape[1] }.min() ?? 0
        let parts = try encoded.map { try operations.take($0.embedding, along: 1, from: 0, count: tokens) }
        var entry = Conditioning.Entry(
            embedding: try operations.join(parts, along: 2), pooled: encoded[encoded.count - 1].pooled)
        entry.hooks = conditioningHooks
        return Conditioning([entry])
    }

    /// The pooled vector of a text before any projection, `[1, width]`, of the last text model.
    ///
    /// - Throws: as `encode`.
    public func unprojectedPooled(
        _ prompt: String, embeddings: any EmbeddingLibrary = NoEmbeddings(), store: WeightStore = .shared,
        warn: (String) -> Void = { _ in }
    ) throws -> Tensor {
        let encoded = try encoded(models.map { _ in prompt }, leavingOut: nil, fillsUp: false, embeddings, store, Operations(), warn)
        return encoded[encoded.count - 1].unprojected
    }

    private static let chunksAtOnce = 16

    /// A chunk that lost tokens, with copies of its last one in their place.
    private static func filledUp(_ chunk: [PromptToken]) -> [PromptToken] {
        guard let last = chunk.last else { return chunk }
        return chunk + Array(repeating: last, count: max(PromptTokenizer.chunkLength - chunk.count, 0))
    }

    /// What one text model gives.
    private struct Encoded {
        var embedding, pooled, unprojected: Tensor
    }

    /// What each text model gives for its text, as many as there are models.
    private func encoded(
        _ prompts: [String], leavingOut leftOut: Int?, fillsUp: Bool, _ embeddings: any EmbeddingLibrary, _ store: WeightStore,
        _ operations: Operations, _ warn: (String) -> Void
    ) throws -> [Encoded] {
        precondition(prompts.count == models.count && !models.isEmpty, "\(prompts.count) texts for \(models.count) text models")
        var parts: [(model: CLIPTextModel, tokenizer: PromptTokenizer, chunks: [[PromptToken]])] = []
        for (index, content) in try patchedContents().enumerated() {
            let configuration = models[index].configuration
            let model = try CLIPTextModel.withinMemory(configuration, content, store: store, operations: operations)
            let tokenizer = PromptTokenizer(
                embeddings: embeddings, embeddingKey: configuration.key, width: model.width, padding: configuration.padding)
            var chunks = try tokenizer.chunks(of: prompts[index], warn: warn)
            if let leftOut { chunks = chunks.map { Self.filledUp($0.filter { $0.group != leftOut }) } }
            parts.append((model, tokenizer, chunks))
        }
        let longest = parts.map(\.chunks.count).max() ?? 0
        var encoded: [Encoded] = []
        for (index, part) in parts.enumerated() {
            let empty = try part.tokenizer.chunks(of: "")
            var chunks = part.chunks
            while fillsUp, chunks.count < longest { chunks += empty }
            let layer = lastLayer.map { -$0 } ?? models[index].configuration.layerFromEnd
            encoded.append(try encode(chunks, with: part.model, layerFromEnd: layer, empty: empty, operations))
        }
        return encoded
    }

    private func encode(
        _ chunks: [[PromptToken]], with model: CLIPTextModel, layerFromEnd: Int, empty: [[PromptToken]], _ operations: Operations
    ) throws -> Encoded {
        let isWeighted = chunks.contains { $0.contains { $0.weight != 1 } }
        let all = isWeighted ? chunks + empty : chunks
        // A few chunks at a time, so that a book for a prompt needs no more memory for activations than a page.
        let outputs = try stride(from: 0, to: all.count, by: Self.chunksAtOnce).map { start in
            try model(Array(all[start..<min(start + Self.chunksAtOnce, all.count)]), layerFromEnd: layerFromEnd)
        }
        let hidden = try operations.join(outputs.map(\.hidden), along: 0)
        var embedding = try operations.take(hidden, along: 0, from: 0, count: chunks.count)
        if isWeighted {
            let weights = PromptWeighting(weights: chunks.flatMap { $0.map(\.weight) })
            embedding = try operations.apply(weights, to: embedding, operations.pick(hidden, items: [chunks.count]))
        }
        return Encoded(
            embedding: embedding.reshaped([1, chunks.count * PromptTokenizer.chunkLength, model.width]),
            pooled: outputs[0].pooled.item(0), unprojected: outputs[0].unprojected.item(0))
    }
}

/// What prompt weights do to the encoding of chunks: `(z − e) · w + e` for every token whose weight `w` isn't 1.
///
/// Operands: `z`, `[chunks, tokens, width]`, and `e`, the encoding of the empty prompt, `[1, tokens, width]`.
struct PromptWeighting: TensorFunction {
    /// Of all tokens of all chunks.
    var weights: [Double]

    var name: String { "prompt weights" }

    func value(of operands: [Tensor]) -> Tensor {
        let (z, empty) = (operands[0], operands[1])
        let (tokens, width) = (z.shape[1], z.shape[2])
        return Tensor(shape: z.shape) { out in
            z.withFloats { z in
                empty.withFloats { e in
                    _ = out.initialize(from: z)
                    for (row, weight) in weights.enumerated() where weight != 1 {
                        let weight = Float(weight)
                        let place = row % tokens
                        for channel in 0..<width {
                            let base = e[place * width + channel]
                            out[row * width + channel] = (z[row * width + channel] - base) * weight + base
                        }
                    }
                }
            }
        }
    }
}
