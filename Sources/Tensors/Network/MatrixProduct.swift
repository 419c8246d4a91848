internal import CTensorKernels

/// Which operands of a product are taken with rows and columns exchanged.
public struct TransposedOperands: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let first = TransposedOperands(rawValue: 1)
    public static let second = TransposedOperands(rawValue: 2)
}

/// `op(a) · op(b)` of two matrices of which neither was packed before: differences of weights, likenesses of activations.
///
/// The bits of a linear layer with the same numbers: one chain of fused multiply-adds per element.
///
/// - Parameters:
///   - a: `[m, k]`, or `[k, m]` where the first is transposed; `float32`.
///   - b: `[k, n]`, or `[n, k]` where the second is transposed; `float32`.
/// - Returns: `[m, n]`.
public func matrixProduct(_ a: Tensor, _ b: Tensor, transposing: TransposedOperands = []) -> Tensor {
    let (isATransposed, isBTransposed) = (transposing.contains(.first), transposing.contains(.second))
    precondition(a.rank == 2 && b.rank == 2, "a product of \(a.shape) and \(b.shape)")
    let (rows, k) = isATransposed ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
    let (inner, n) = isBTransposed ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
    precondition(k == inner, "\(a.shape) and \(b.shape) have no inner size in common")
    return Tensor(shape: [rows, n]) { out in
        a.withFloats { a in
            b.withFloats { b in
                var job = dk_product(
                    a: a.baseAddress, b: b.baseAddress, a_transposed: isATransposed, b_transposed: isBTransposed, rows: rows,
                    k: k, n: n, y: out.baseAddress)
                dk_product_run(&job)
            }
        }
    }
}
