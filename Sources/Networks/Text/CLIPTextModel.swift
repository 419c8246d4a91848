package import Checkpoints
package import Prompts
package import Tensors

/// CLIP's text transformer (Radford et al. 2021), ready to compute: causal, pre-norm, learnt positions.
///
/// Names of tensors are those of transformers: `text_model.encoder.layers.0.self_attn.q_proj.weight`, `text_projection.weight`.
package struct CLIPTextModel: Sendable {
    /// Width of the embedding.
    package let width: Int
    /// `[49408, width]` as stored: rows are looked up, so nothing is gained by converting it.
    private let tokenTable: Tensor
    /// `[77, width]`.
    private let positions: Tensor
    private let layers: [CLIPLayer]
    private let finalNorm: NormWeights
    /// What the pooled state goes through, where the file has it.
    private let projection: LinearWeights?
    private let configuration: TextModelConfiguration
    private let operations: Operations

    var layerCount: Int { layers.count }

    /// - Throws: `NetworkError` for missing tensors and for shapes that don't fit.
    package init(_ configuration: TextModelConfiguration, loader whole: LayerLoader, operations: Operations = Operations()) throws {
        let loader = whole.part("text_model")
        let table = "embeddings.token_embedding.weight"
        let shape = try loader.demandedShape(table)
        guard shape.count == 2, shape[0] > CLIPVocabulary.endToken, shape[1] > 0, shape[1] % TextModelConfiguration.headSize == 0 else {
            throw loader.wrongShape(table, "[49408, a multiple of \(TextModelConfiguration.headSize)] was expected")
        }
        let width = shape[1]
        tokenTable = try loader.table(table)
        let positions = try loader.tensor("embeddings.position_embedding.weight")
        guard positions.rank == 2, positions.shape[0] >= PromptTokenizer.chunkLength, positions.shape[1] == width else {
            throw loader.wrongShape("embeddings.position_embedding.weight", "[\(PromptTokenizer.chunkLength), \(width)] was expected")
        }
        self.positions = positions.narrowed(0, from: 0, count: PromptTokenizer.chunkLength)
        layers = try CLIPLayer.all(
            in: loader.part("encoder.layers"), width: width, heads: width / TextModelConfiguration.headSize,
            usesQuickGELU: configuration.usesQuickGELU, isCausal: true)
        finalNorm = try loader.norm("final_layer_norm", channels: width)
        projection = whole.has("text_projection.weight") ? try whole.linear("text_projection", inputs: width) : nil
        self.width = width
        self.configuration = configuration
        self.operations = operations
    }

    /// The model, with as many weights in memory as may stay there.
    package static func withinMemory(
        _ configuration: TextModelConfiguration, _ content: any TensorSource, store: WeightStore, limit: Int = MemoryBudget.limit,
        operations: Operations = Operations()
    ) throws -> CLIPTextModel {
        let prefix = configuration.key + "."
        let sizes = content.directory.filter { $0.key.hasPrefix(prefix) }.values.map { $0.shape.reduce(1, *) * max($0.dtype.size, 2) }
        // The largest tensor is the table of tokens, which isn't packed. A few chunks' activations are some megabytes.
        let memory = NetworkMemory(
            limit: limit, taken: MemoryBudget.taken(beside: store), activations: 32 << 20, weights: sizes.reduce(0, +),
            largestLayer: sizes.sorted().dropLast().last ?? 0)
        return try NetworkRoom(store, memory).assemble { load in
            try CLIPTextModel(configuration, loader: load(content).part(configuration.key), operations: operations)
        }
    }

    package struct Output {
        /// Hidden state of the chosen layer, `[chunks, 77, width]`.
        package var hidden: Tensor
        /// State of the last layer at each chunk's first end token, after final norm and projection, `[chunks, width]`.
        package var pooled: Tensor
        /// The same before the projection.
        package var unprojected: Tensor
    }

    /// The hidden states of chunks of 77 places.
    ///
    /// - Parameter layerFromEnd: 1 is the last layer; with a number beyond the first layer the model's output is used.
    package func callAsFunction(_ chunks: [[PromptToken]], layerFromEnd: Int) throws -> Output {
        var depth = layers.count
        if let full = configuration.fullDepth, depth == full - 1 { depth = full }
        let isInside = (1...max(depth, 1)).contains(layerFromEnd)
        let chosen = isInside ? min(depth - layerFromEnd, layers.count - 1) : nil

        var x = try embedded(chunks)
        var kept = x
        for (index, layer) in layers.enumerated() {
            x = try layer(x, index: index, operations)
            if index == chosen { kept = x }
        }
        let last = try operations.layerNorm(x, finalNorm)
        operations.block("final", last)
        // Tokens are rows as they lie: that of each chunk's first end.
        let places = chunks.indices.map { $0 * PromptTokenizer.chunkLength + Self.firstEnd(of: chunks[$0]) }
        var pooled = try operations.pick(last.reshaped([-1, width]), items: places)
        operations.block("pooled", pooled)
        let unprojected = pooled
        if let projection { pooled = try operations.linear(pooled, projection) }
        let hidden: Tensor
        switch chosen {
        case nil: hidden = last
        case _ where !configuration.normalisesHidden: hidden = kept
        case layers.count - 1: hidden = last
        default: hidden = try operations.layerNorm(kept, finalNorm)
        }
        return Output(hidden: hidden, pooled: pooled, unprojected: unprojected)
    }

    /// Token and position embeddings added, `[chunks, 77, width]`.
    private func embedded(_ chunks: [[PromptToken]]) throws -> Tensor {
        // Runs of tokens from the table, and vectors that a prompt brings along.
        var parts: [Tensor] = []
        var ids: [Int] = []
        func finishRun() throws {
            if !ids.isEmpty { parts.append(try operations.lookUp(tokenTable, rows: ids)) }
            ids = []
        }
        for token in chunks.joined() {
            switch token.content {
            // Ids come from the vocabulary, whose size the table was checked for.
            case .id(let id): ids.append(Int(id))
            case .vector(let vector):
                try finishRun()
                parts.append(vector.reshaped([1, width]))
            }
        }
        try finishRun()
        let tokens = try operations.join(parts, along: 0).reshaped([chunks.count, PromptTokenizer.chunkLength, width])
        let places = positions.reshaped([1, PromptTokenizer.chunkLength, width])
        return try operations.add(tokens, operations.repeated(places, toBatch: chunks.count))
    }

    private static func firstEnd(of chunk: [PromptToken]) -> Int {
        chunk.firstIndex { if case .id(CLIPVocabulary.endToken) = $0.content { true } else { false } } ?? chunk.count - 1
    }
}
