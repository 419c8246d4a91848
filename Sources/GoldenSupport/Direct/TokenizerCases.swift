internal import Diffusion
internal import Prompts
internal import Tensors

/// Group `tokenizer`: a prompt's chunks, place by place; ids, weights and groups must be equal.
enum TokenizerCases {
    static func compare(_ golden: GoldenCase) throws -> Comparison {
        var comparison = Comparison(tolerance: nil)
        let tokenizer = PromptTokenizer(embeddings: ReferenceEmbeddings())
        let chunks: [[PromptToken]]
        do {
            chunks = try tokenizer.chunks(of: golden.text ?? "")
        } catch {
            if golden.error == nil { comparison.mismatch("\(error), where the reference gives chunks") }
            return comparison
        }
        guard let expected = golden.chunks else {
            comparison.mismatch("gave chunks where the reference fails with \(golden.error ?? "an error")")
            return comparison
        }
        comparison.expect(chunks.count, equals: expected.count, name: "number of chunks")
        for (number, (chunk, reference)) in zip(chunks, expected).enumerated() {
            comparison.expect(chunk.count, equals: reference.length, name: "length of chunk \(number)")
            for (place, token) in chunk.enumerated() {
                compare(token, to: reference, place: place, name: "chunk \(number), place \(place)", &comparison)
            }
        }
        return comparison
    }

    private static func compare(
        _ token: PromptToken, to reference: GoldenCase.TokenChunk, place: Int, name: String,
        _ comparison: inout Comparison
    ) {
        // The reference leaves out the end tokens that fill a chunk.
        let isFilling = place >= reference.ids.count
        switch (token.content, isFilling ? .integer(49407) : reference.ids[place]) {
        case (.id(let found), .integer(let wanted)): comparison.expect(Int64(found), equals: wanted, name: name)
        case (.vector, .object): break
        case (_, let wanted): comparison.mismatch("\(name) is \(token.content), the reference \(wanted)")
        }
        // As text, so that NaN equals NaN.
        let weight = isFilling ? 1 : reference.weights[place]
        comparison.expect("\(token.weight)", equals: "\(weight)", name: name + ", weight")
        comparison.expect(token.group, equals: isFilling ? 0 : reference.words[place], name: name + ", group")
    }
}

/// The embeddings that the reference had when it cut prompts: for cutting, only the number of vectors counts.
private struct ReferenceEmbeddings: EmbeddingLibrary {
    func embedding(named name: String, key: String) throws -> Tensor? {
        let counts = [
            "one-vec": 1, "one-vec.safetensors": 1, "../embeddings/one-vec": 1, "three-vec": 3, "three-vec.safetensors": 3,
        ]
        return counts[name].map { .zeros([$0, 128]) }
    }
}
