public import Networks
internal import Prompts
public import Tensors

extension TextEncoder {
    /// What the last layer of a text model gives for tokens as they are: no text is split, no weight applied.
    ///
    /// - Parameters:
    ///   - chunks: token ids, 77 a chunk with start, end and padding among them; at least one chunk.
    ///   - model: which of the text models, in the order in which prompts are given.
    ///   - operations: has everything computed.
    /// - Returns: `[chunks, 77, width]`, after the final norm.
    /// - Throws: `NetworkError.wrongInput` for chunks of another length and ids outside the vocabulary, and what reading the weights throws.
    public func hiddenStates(
        ofTokens chunks: [[Int]], model number: Int = 0, store: WeightStore = .shared, operations: Operations = Operations()
    ) throws -> Tensor {
        guard models.indices.contains(number), !chunks.isEmpty else {
            throw NetworkError(
                .wrongInput, in: "text encoder", reason: "\(chunks.count) chunks for text model \(number) of \(models.count)")
        }
        let configuration = models[number].configuration
        let tokens = try chunks.map { chunk in
            guard chunk.count == PromptTokenizer.chunkLength,
                chunk.allSatisfy({ (0...Int(CLIPVocabulary.endToken)).contains($0) })
            else {
                throw NetworkError(
                    .wrongInput, in: "text encoder",
                    reason: "a chunk has \(PromptTokenizer.chunkLength) token ids from 0 to \(CLIPVocabulary.endToken)")
            }
            return chunk.map { PromptToken(.id(Int32($0))) }
        }
        let loader = LayerLoader(source: try patchedContents()[number], store: store).part(configuration.key)
        return try CLIPTextModel(configuration, loader: loader, operations: operations)(tokens, layerFromEnd: 1).hidden
    }
}
