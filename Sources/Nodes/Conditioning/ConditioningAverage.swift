internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Mixes two text embeddings by weight.
struct ConditioningAverage: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var conditioning = try inputs.conditioning("conditioning_to")
        let strength = try inputs.double("conditioning_to_strength")
        guard let from = try inputs.firstEntry("conditioning_from", of: context) else { return .of(conditioning) }
        for index in conditioning.entries.indices {
            let entry = conditioning.entries[index]
            try checkSameWidth(entry.embedding, from.embedding, input: "conditioning_from")
            let other = Self.fitted(from.embedding, tokens: entry.embedding.shape[1])
            conditioning.entries[index].embedding = Self.mix(entry.embedding, other, strength)
            if let pooled = from.pooled {
                let own = entry.pooled ?? pooled
                conditioning.entries[index].pooled = own.shape == pooled.shape ? Self.mix(own, pooled, strength) : own
            }
        }
        return .of(conditioning)
    }

    private static func mix(_ to: Tensor, _ from: Tensor, _ strength: Double) -> Tensor {
        to * Float(strength) + from * Float(1 - strength)
    }

    /// Cut, or filled up with zeros, to a number of tokens.
    private static func fitted(_ embedding: Tensor, tokens: Int) -> Tensor {
        let (batch, have, width) = (embedding.shape[0], embedding.shape[1], embedding.shape[2])
        if have >= tokens { return embedding.narrowed(1, from: 0, count: tokens) }
        return Tensor.concatenated([embedding, .zeros([batch, tokens - have, width])], along: 1)
    }
}

/// Embeddings of different text models can't be joined or mixed.
func checkSameWidth(_ a: Tensor, _ b: Tensor, input: String) throws {
    guard a.shape[0] == b.shape[0], a.shape[2] == b.shape[2] else {
        throw NodeError(
            .badValue, input: input, "its embedding is \(b.shape), the other \(a.shape)",
            hint: "both texts must come from the same kind of text encoder")
    }
}

extension NodeInputs {
    /// The only entry of a conditioning that counts for joining and mixing, with a warning about the others.
    func firstEntry(_ name: String, of context: NodeContext) throws -> Conditioning.Entry? {
        let entries = try conditioning(name).entries
        if entries.count > 1 { context.warn("\(name) has \(entries.count) entries; only the first counts here") }
        return entries.first
    }
}
