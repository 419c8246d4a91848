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

    var dense: Tensor { width == tensor.shape[2] ? tensor : tensor.narrowed(2, from: start, count: width) }
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
public func attention(
    query: TokenColumns, key: TokenColumns, value: TokenColumns, heads: Int, causal: Bool = false, scale: Float? = nil
) -> Tensor {
    let (q, k, v) = (query.dense, key.dense, value.dense)
    precondition(
        q.shape[2] % heads == 0 && k.shape[2] == q.shape[2] && v.shape[2] == q.shape[2] && k.shape[1] == v.shape[1]
            && k.shape[0] == q.shape[0] && v.shape[0] == q.shape[0],
        "attention of \(q.shape), \(k.shape), \(v.shape) with \(heads) heads")
    let size = q.shape[2] / heads
    return Tensor(shape: q.shape) { out in
        q.withFloats { q in
            k.withFloats { k in
                v.withFloats { v in
                    dk_reference_attention(
                        out.baseAddress, q.baseAddress, k.baseAddress, v.baseAddress, query.dense.shape[0],
                        query.tensor.shape[1], key.tensor.shape[1], heads, size, scale ?? 1 / Float(size).squareRoot(),
                        causal ? 1 : 0)
                }
            }
        }
    }
}

/// Attention of whole token matrices, `[batch, tokens, heads · d]` each.
public func attention(
    query: Tensor, key: Tensor, value: Tensor, heads: Int, causal: Bool = false, scale: Float? = nil
) -> Tensor {
    attention(
        query: TokenColumns(query), key: TokenColumns(key), value: TokenColumns(value), heads: heads, causal: causal,
        scale: scale)
}
