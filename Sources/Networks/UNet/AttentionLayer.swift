internal import Tensors

/// Which attention layers keep their projections apart, because hooks feed them different queries, keys and values.
struct SeparateProjections: OptionSet, Sendable {
    let rawValue: Int
    static let selfAttention = SeparateProjections(rawValue: 1)
    static let crossAttention = SeparateProjections(rawValue: 2)

    /// What the hooks of a network ask for.
    init(for hooks: NetworkHooks) {
        self = []
        if !hooks.selfAttention.isEmpty { insert(.selfAttention) }
        if !hooks.crossAttention.isEmpty { insert(.crossAttention) }
    }

    init(rawValue: Int) { self.rawValue = rawValue }
}

/// Attention of tokens to one another, or to a text, with the projections before and after it.
struct AttentionLayer: Sendable {
    enum Kind: Sendable { case selfAttention, crossAttention }

    /// Linear layers that share their input are one multiplication.
    private enum Projections: Sendable {
        case joined(LinearWeights)
        case queryApart(LinearWeights, keysAndValues: LinearWeights)
        case separate(LinearWeights, LinearWeights, LinearWeights)
    }

    let kind: Kind
    let name: String
    let heads: Int
    let index: Int
    private let inner: Int
    private let projections: Projections
    private let projectOut: LinearWeights

    /// - Parameters:
    ///   - width: channels of the tokens.
    ///   - contextWidth: channels of what they attend to.
    init(_ kind: Kind, loader: LayerLoader, width: Int, contextWidth: Int, heads: Int, index: Int, separate: Bool) throws {
        (self.kind, name, self.heads, self.index, inner) = (kind, loader.name, heads, index, width)
        if separate {
            projections = .separate(
                try loader.linear("to_q", inputs: width, outputs: width),
                try loader.linear("to_k", inputs: contextWidth, outputs: width),
                try loader.linear("to_v", inputs: contextWidth, outputs: width))
        } else if kind == .selfAttention {
            projections = .joined(try loader.linear(joining: ["to_q", "to_k", "to_v"], inputs: width, outputs: width))
        } else {
            projections = .queryApart(
                try loader.linear("to_q", inputs: width, outputs: width),
                keysAndValues: try loader.linear(joining: ["to_k", "to_v"], inputs: contextWidth, outputs: width))
        }
        projectOut = try loader.linear("to_out.0", inputs: width, outputs: width)
    }

    /// - Parameters:
    ///   - x: normalised tokens, `[batch, tokens, width]`.
    ///   - residual: what the result is added to.
    func callAsFunction(_ x: Tensor, adding residual: Tensor, _ pass: UNetPass) throws -> Tensor {
        let context = kind == .selfAttention ? x : pass.context
        let wrappers = kind == .selfAttention ? pass.hooks.selfAttention : pass.hooks.crossAttention
        if wrappers.isEmpty {
            let projected = try project(x, context, pass)
            return try projectedOut(attend(projected, pass), adding: residual, pass)
        }
        let inputs = AttentionInputs(query: x, key: context, value: context)
        return try pass.operations.add(wrapped(inputs, wrappers[...], pass), residual)
    }

    /// Calls the wrappers from the outside in, then the layer.
    private func wrapped(
        _ inputs: AttentionInputs, _ wrappers: ArraySlice<NetworkHooks.AttentionWrapper>, _ pass: UNetPass
    ) throws -> Tensor {
        guard let outermost = wrappers.first else {
            return try projectedOut(attend(project(inputs, pass), pass), adding: nil, pass)
        }
        return try outermost(inputs, site(pass)) { try wrapped($0, wrappers.dropFirst(), pass) }
    }

    private func site(_ pass: UNetPass) -> AttentionSite { AttentionSite(block: pass.site, index: index, heads: heads) }

    // MARK: Projections

    /// Queries, keys and values as columns of what was multiplied together.
    private struct Projected {
        var query, key, value: (columns: Tensor, start: Int)
    }

    private func project(_ x: Tensor, _ context: Tensor, _ pass: UNetPass) throws -> Projected {
        switch projections {
        case .joined(let weights):
            let all = try pass.operations.linear(x, weights, named: name + ".to_qkv")
            return Projected(query: (all, 0), key: (all, inner), value: (all, 2 * inner))
        case .queryApart(let toQuery, let toKeysAndValues):
            let query = try pass.operations.linear(x, toQuery, named: name + ".to_q")
            let make = { try pass.operations.linear(context, toKeysAndValues, named: name + ".to_kv") }
            let both = try pass.keysAndValues?.projection(name, compute: make) ?? make()
            return Projected(query: (query, 0), key: (both, 0), value: (both, inner))
        case .separate:
            return try project(AttentionInputs(query: x, key: context, value: context), pass)
        }
    }

    /// The same where wrappers may have given each a tensor of its own.
    private func project(_ inputs: AttentionInputs, _ pass: UNetPass) throws -> Projected {
        func product(_ x: Tensor, _ weights: LinearWeights, _ part: String) throws -> Tensor {
            try pass.operations.linear(x, weights, named: name + part)
        }
        switch projections {
        case .separate(let toQuery, let toKey, let toValue):
            return Projected(
                query: (try product(inputs.query, toQuery, ".to_q"), 0), key: (try product(inputs.key, toKey, ".to_k"), 0),
                value: (try product(inputs.value, toValue, ".to_v"), 0))
        // Not met as networks are assembled today (wrappers make projections separate); right, if not fast.
        case .joined(let weights):
            return Projected(
                query: (try product(inputs.query, weights, ".to_q"), 0), key: (try product(inputs.key, weights, ".to_k"), inner),
                value: (try product(inputs.value, weights, ".to_v"), 2 * inner))
        case .queryApart(let toQuery, let toKeysAndValues):
            return Projected(
                query: (try product(inputs.query, toQuery, ".to_q"), 0), key: (try product(inputs.key, toKeysAndValues, ".to_k"), 0),
                value: (try product(inputs.value, toKeysAndValues, ".to_v"), inner))
        }
    }

    private func attend(_ projected: Projected, _ pass: UNetPass) throws -> Tensor {
        func dense(_ part: (columns: Tensor, start: Int)) throws -> Tensor {
            try pass.operations.take(part.columns, along: 2, from: part.start, count: inner)
        }
        let replacements =
            kind == .selfAttention ? pass.hooks.selfAttentionReplacements : pass.hooks.crossAttentionReplacements
        if let replacement = replacements[pass.site.place] {
            let inputs = AttentionInputs(
                query: try dense(projected.query), key: try dense(projected.key), value: try dense(projected.value))
            return try replacement(inputs, site(pass))
        }
        if kind == .selfAttention, pass.site.place == .middle, index == 0 {
            switch pass.middleAttention {
            case .computed: break
            case .valuesOnly: return try dense(projected.value)
            case .recorded(let record):
                record.received = try attentionReceived(
                    query: dense(projected.query), key: dense(projected.key), heads: heads, pass.operations)
            }
        }
        func columns(_ part: (columns: Tensor, start: Int)) -> TokenColumns {
            TokenColumns(part.columns, from: part.start, count: inner)
        }
        return try pass.operations.attention(
            query: columns(projected.query), key: columns(projected.key), value: columns(projected.value), heads: heads,
            named: name)
    }

    private func projectedOut(_ x: Tensor, adding residual: Tensor?, _ pass: UNetPass) throws -> Tensor {
        try pass.operations.linear(x, projectOut, adding: residual, named: name + ".to_out.0")
    }
}

/// How much each key is looked at: softmax weights, averaged over heads and summed over queries.
///
/// Written plainly: it is used on the few tokens of the middle block alone.
///
/// - Parameters:
///   - query: `[batch, queries, heads · d]`.
///   - key: `[batch, keys, heads · d]`.
/// - Returns: `[batch, keys]`.
func attentionReceived(query: Tensor, key: Tensor, heads: Int, _ operations: Operations) throws -> Tensor {
    let (batch, queries, keys, inner) = (query.shape[0], query.shape[1], key.shape[1], query.shape[2])
    let size = inner / heads
    let scale = 1 / Float(size).squareRoot()
    return try Tensor(shape: [batch, keys]) { out in
        out.initialize(repeating: 0)
        for item in 0..<batch {
            for head in 0..<heads {
                // Scores of one head as a product of two matrices, then softmax row by row.
                let q = query.item(item).narrowed(2, from: head * size, count: size).reshaped([queries, size])
                let k = key.item(item).narrowed(2, from: head * size, count: size).reshaped([keys, size])
                let scores = try operations.product(operations.scale(q, by: scale), k, transposing: .second)
                let weights = try operations.softmax(scores)
                weights.withFloats { w in
                    for row in 0..<queries {
                        for column in 0..<keys { out[item * keys + column] += w[row * keys + column] / Float(heads) }
                    }
                }
            }
        }
    }
}
