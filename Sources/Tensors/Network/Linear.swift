internal import CTensorKernels

/// What is applied to the result of a linear layer while it is still in registers.
public enum Activation: Sendable {
    case none
    /// `x · σ(x)`.
    case silu
    /// Exact GELU, by the error function.
    case gelu
    /// `x · σ(1.702 x)`, CLIP's approximation.
    case quickGELU
}

/// The weights of a linear layer, packed once for the kernel that will use them.
public struct LinearWeights: Sendable {
    public let inputs: Int
    public let outputs: Int
    let weight: Tensor
    let bias: Tensor?

    /// - Parameters:
    ///   - weight: `[outputs, inputs]` as checkpoints store it, of any floating type; a 1×1 convolution's `[outputs, inputs, 1, 1]` too.
    ///   - bias: `[outputs]`.
    public init(weight: Tensor, bias: Tensor?) {
        outputs = weight.shape[0]
        inputs = weight.count / max(outputs, 1)
        self.weight = weight.float32()
        self.bias = bias?.float32()
    }

    /// Layers that share their input, as one: the outputs lie side by side in the order given.
    public init(joining parts: [(weight: Tensor, bias: Tensor?)]) {
        let weight = Tensor.concatenated(parts.map { $0.weight.float32().reshaped([$0.weight.shape[0], -1]) }, along: 0)
        let bias: Tensor? =
            parts.contains { $0.bias != nil }
            ? Tensor.concatenated(parts.map { $0.bias?.float32() ?? .zeros([$0.weight.shape[0]]) }, along: 0) : nil
        self.init(weight: weight, bias: bias)
    }

    /// Bytes that the packed form keeps in memory.
    public var byteCount: Int { weight.byteCount + (bias?.byteCount ?? 0) }
}

/// `activation(x · Wᵀ + bias) + residual`.
///
/// - Parameters:
///   - x: `[…, inputs]`.
///   - residual: `[…, outputs]`, added last.
/// - Returns: `[…, outputs]`.
public func linear(
    _ x: Tensor, _ weights: LinearWeights, activation: Activation = .none, adding residual: Tensor? = nil
) -> Tensor {
    precondition(x.shape.last == weights.inputs, "\(x.shape) into a linear layer of \(weights.inputs) inputs")
    let rows = x.count / max(weights.inputs, 1)
    let shape = Array(x.shape.dropLast()) + [weights.outputs]
    var y = Tensor(shape: shape) { out in
        x.withFloats { x in
            weights.weight.withFloats { w in
                dk_reference_linear(out.baseAddress, x.baseAddress, w.baseAddress, rows, weights.outputs, weights.inputs)
            }
        }
        weights.bias?.withFloats { bias in
            for row in 0..<rows { for n in 0..<weights.outputs { out[row * weights.outputs + n] += bias[n] } }
        }
    }
    switch activation {
    case .none: break
    case .silu: y = silu(y)
    case .gelu: y = gelu(y)
    case .quickGELU: y = quickGELU(y)
    }
    return residual.map { y + $0.reshaped(shape) } ?? y
}

/// The weights of a gated GELU layer: value and gate halves, packed alternately.
public struct GEGLUWeights: Sendable {
    let joined: LinearWeights
    public var inputs: Int { joined.inputs }
    /// Width of the result: half of the stored rows.
    public var outputs: Int { joined.outputs / 2 }

    /// - Parameters:
    ///   - weight: `[2 · outputs, inputs]`, the value rows first, then the gate rows.
    ///   - bias: `[2 · outputs]`.
    public init(weight: Tensor, bias: Tensor?) { joined = LinearWeights(weight: weight, bias: bias) }
    public var byteCount: Int { joined.byteCount }
}

/// `value · GELU(gate)` of one linear layer's two halves (Shazeer 2020, "GLU variants").
///
/// - Parameter x: `[…, inputs]`.
/// - Returns: `[…, outputs]`.
public func geglu(_ x: Tensor, _ weights: GEGLUWeights) -> Tensor {
    let both = linear(x, weights.joined)
    let last = both.rank - 1
    let value = both.narrowed(last, from: 0, count: weights.outputs)
    let gate = both.narrowed(last, from: weights.outputs, count: weights.outputs)
    return value * gelu(gate)
}
