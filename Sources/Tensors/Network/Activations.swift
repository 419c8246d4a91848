import Glibc

func siluValue(_ x: Float) -> Float { x / (1 + expf(-x)) }

/// `x · σ(x)`.
public func silu(_ x: Tensor) -> Tensor { x.map(siluValue) }

/// Exact GELU: `x · Φ(x)`.
public func gelu(_ x: Tensor) -> Tensor { x.map { 0.5 * $0 * (1 + erff($0 * 0.70710678118654752)) } }

/// `x · σ(1.702 x)`, CLIP's approximation of GELU.
public func quickGELU(_ x: Tensor) -> Tensor { x.map { $0 / (1 + expf(-1.702 * $0)) } }

/// Softmax over the last dimension.
public func softmax(_ x: Tensor) -> Tensor {
    let width = x.shape.last ?? 1
    return Tensor(shape: x.shape) { out in
        x.withFloats { x in
            for start in stride(from: 0, to: x.count, by: max(width, 1)) {
                let largest = x[start..<start + width].max() ?? 0
                var sum: Float = 0
                for c in start..<start + width {
                    out[c] = expf(x[c] - largest)
                    sum += out[c]
                }
                for c in start..<start + width { out[c] /= sum }
            }
        }
    }
}

/// Rows of a table: `[rows, width]` and `n` indices give `[n, width]`.
///
/// - Parameter indices: each in `0 ..< rows`.
public func gatherRows(_ table: Tensor, _ indices: [Int]) -> Tensor {
    precondition(table.rank == 2 && indices.allSatisfy { (0..<table.shape[0]).contains($0) }, "rows of \(table.shape)")
    let rows = indices.map { table.item($0).float32() }
    return rows.isEmpty ? .zeros([0, table.shape[1]]) : Tensor.concatenated(rows, along: 0)
}
