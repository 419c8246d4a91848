internal import CTensorKernels

/// Some neighbouring columns of a token matrix: one of the three results of a joined query-key-value layer, without a copy.
public struct TokenColumns: Sendable {
    let tensor: Tensor
    let start: Int
    /// Channels looked at.
    public let width: Int

    /// - Parameter tensor: `[batch, tokens, channels]`.
    public init(_ tensor: Tensor, from start: Int, count width: Int) {
        precondition(tensor.rank == 3 && start >= 0 && start + width <= tensor.shape[2], "columns of \(tensor.shape)")
        (self.tensor, self.start, self.width) = (tensor, start, width)
    }

    /// All columns.
    public init(_ tensor: Tensor) { self.init(tensor, from: 0, count: tensor.shape[2]) }

    func withColumns<Result>(_ body: (UnsafePointer<Float>?) -> Result) -> Result {
        tensor.withFloats { body($0.baseAddress.map { $0 + start }) }
    }
}

/// Scaled dot-product attention with several heads; the score matrix is never written.
///
/// - Parameters:
///   - query: `[batch, queries, heads · d]`, head by head.
///   - key: `[batch, keys, heads · d]`.
///   - value: `[batch, keys, heads · d]`.
///   - causal: query `i` sees keys `0…i` only.
///   - scale: factor of the scores, `1/√d` by default.
/// - Returns: `[batch, queries, heads · d]`.
func attention(
    query: TokenColumns, key: TokenColumns, value: TokenColumns, heads: Int, causal: Bool = false, scale: Float? = nil
) -> Tensor {
    precondition(
        query.width % heads == 0 && key.width == query.width && value.width == query.width
            && key.tensor.shape[1] == value.tensor.shape[1] && key.tensor.shape[0] == query.tensor.shape[0]
            && value.tensor.shape[0] == query.tensor.shape[0],
        "attention of \(query), \(key), \(value) with \(heads) heads")
    let (batch, queries) = (query.tensor.shape[0], query.tensor.shape[1])
    let size = query.width / heads
    precondition(key.tensor.shape[1] > 0, "attention without keys")
    return Tensor(shape: [batch, queries, query.width]) { out in
        query.withColumns { q in
            key.withColumns { k in
                value.withColumns { v in
                    var job = dk_attention(batch: batch, heads: heads, size: size, queries: queries, scale: scale)
                    (job.q, job.q_pitch) = (q, query.tensor.shape[2])
                    (job.k, job.k_pitch, job.v, job.v_pitch) = (k, key.tensor.shape[2], v, value.tensor.shape[2])
                    (job.keys, job.causal) = (key.tensor.shape[1], causal)
                    (job.out, job.out_pitch) = (out.baseAddress, query.width)
                    dk_attention_run(&job)
                }
            }
        }
    }
}

extension dk_attention {
    /// The shapes of a call, without its operands.
    init(batch: Int, heads: Int, size: Int, queries: Int, scale: Float?) {
        self.init()
        (self.batch, self.heads, head_size, self.queries) = (batch, heads, size, queries)
        self.scale = scale ?? 1 / Float(size).squareRoot()
    }
}

/// Attention of whole token matrices, `[batch, tokens, heads · d]` each.
func attention(
    query: Tensor, key: Tensor, value: Tensor, heads: Int, causal: Bool = false, scale: Float? = nil
) -> Tensor {
    attention(
        query: TokenColumns(query), key: TokenColumns(key), value: TokenColumns(value), heads: heads, causal: causal,
        scale: scale)
}
