internal import CTensorKernels

func activated(_ x: Tensor, _ activation: Activation) -> Tensor {
    Tensor(shape: x.shape) { out in
        x.withFloats { dk_activate_run(out.baseAddress, $0.baseAddress, $0.count, activation.kernel) }
    }
}

/// `x · σ(x)`.
func silu(_ x: Tensor) -> Tensor { activated(x, .silu) }

/// Exact GELU: `x · Φ(x)`, the error function to 2e-7.
func gelu(_ x: Tensor) -> Tensor { activated(x, .gelu) }

/// `x · σ(1.702 x)`, CLIP's approximation of GELU.
func quickGELU(_ x: Tensor) -> Tensor { activated(x, .quickGELU) }

/// `max(x, 0)`.
func relu(_ x: Tensor) -> Tensor { activated(x, .relu) }

/// Softmax over the last dimension.
func softmax(_ x: Tensor) -> Tensor {
    let width = x.shape.last ?? 1
    return Tensor(shape: x.shape) { out in
        x.withFloats { dk_softmax_run(out.baseAddress, $0.baseAddress, width == 0 ? 0 : $0.count / width, width) }
    }
}

/// Rows of a table: `[rows, width]` and `n` indices give `[n, width]`, as float32.
///
/// - Parameter indices: each in `0 ..< rows`.
func gatherRows(_ table: Tensor, _ indices: [Int]) -> Tensor {
    precondition(table.rank == 2 && indices.allSatisfy { (0..<table.shape[0]).contains($0) }, "rows of \(table.shape)")
    let rows = indices.map { table.item($0).float32() }
    return rows.isEmpty ? .zeros([0, table.shape[1]]) : Tensor.concatenated(rows, along: 0)
}
