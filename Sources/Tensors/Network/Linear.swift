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
    /// `max(x, 0)`.
    case relu
    /// `x` where positive, else `x / 5`, as ESRGAN has it.
    case leakyReLU
}

/// The weights of a linear layer, packed once for the kernel that will use them.
public struct LinearWeights: Sendable {
    public let inputs: Int
    public let outputs: Int
    let packed: PackedMatrix
    let bias: Tensor?
    /// Where the weights come from that aren't here.
    var read: (@Sendable () throws -> LinearWeights)?

    /// - Parameters:
    ///   - weight: `[outputs, inputs]` as checkpoints store it, of any floating type; a 1×1 convolution's `[outputs, inputs, 1, 1]` too.
    ///   - bias: `[outputs]`.
    public init(weight: Tensor, bias: Tensor?) {
        self.init(joining: [(weight, bias)])
    }

    /// Layers that share their input, as one: the outputs lie side by side in the order given.
    public init(joining parts: [(weight: Tensor, bias: Tensor?)]) {
        outputs = parts.reduce(0) { $0 + $1.weight.shape[0] }
        let inputs = (parts.first?.weight.count ?? 0) / max(parts.first?.weight.shape[0] ?? 1, 1)
        precondition(
            parts.allSatisfy { $0.weight.count == $0.weight.shape[0] * inputs }, "\(parts.map(\.weight.shape)) joined")
        self.inputs = inputs
        packed = PackedMatrix(parts.map(\.weight), columns: inputs)
        bias =
            parts.contains { $0.bias != nil }
            ? Tensor.concatenated(parts.map { $0.bias?.float32() ?? .zeros([$0.weight.shape[0]]) }, along: 0) : nil
    }

    /// A layer whose weights nobody loaded: it has a shape, and computing with it is a mistake.
    public init(blankFrom inputs: Int, to outputs: Int) {
        (self.inputs, self.outputs, packed, bias) = (inputs, outputs, .blank, nil)
    }

    /// Bytes that the packed form keeps in memory.
    public var byteCount: Int { packed.byteCount + (bias?.byteCount ?? 0) }

    /// Some neighbouring outputs as a layer of their own, without a copy; both borders are multiples of 32.
    public func outputs(_ range: Range<Int>) -> LinearWeights {
        precondition(range.upperBound <= outputs && range.upperBound % 32 == 0, "outputs \(range) of \(outputs)")
        if let read { return LinearWeights(blankFrom: inputs, to: range.count).streamed { try read().outputs(range) } }
        return LinearWeights(
            inputs: inputs, outputs: range.count, packed: packed.from(range.lowerBound, columns: inputs),
            bias: bias?.narrowed(0, from: range.lowerBound, count: range.count))
    }

    private init(inputs: Int, outputs: Int, packed: PackedMatrix, bias: Tensor?) {
        (self.inputs, self.outputs, self.packed, self.bias) = (inputs, outputs, packed, bias)
    }
}

/// `activation(x · Wᵀ + bias) + residual`.
///
/// - Parameters:
///   - x: `[…, inputs]`.
///   - residual: `[…, outputs]`, added last.
/// - Returns: `[…, outputs]`.
func linear(
    _ x: Tensor, _ weights: LinearWeights, activation: Activation = .none, adding residual: Tensor? = nil
) -> Tensor {
    linear([x], weights, activation: activation, adding: residual)
}

/// The same over several inputs whose channels lie side by side, each `[…, cᵢ]`; they are never joined in memory.
func linear(
    _ parts: [Tensor], _ weights: LinearWeights, activation: Activation = .none, adding residual: Tensor? = nil
) -> Tensor {
    product(
        parts, weights.packed, inputs: weights.inputs, outputs: weights.outputs, paired: false, bias: weights.bias,
        activation: activation, residual: residual)
}

/// The weights of a gated GELU layer: value and gate halves, packed alternately.
public struct GEGLUWeights: Sendable {
    public let inputs: Int
    /// Width of the result: half of the stored rows.
    public let outputs: Int
    let packed: PackedMatrix
    let bias: Tensor?
    /// Where the weights come from that aren't here.
    var read: (@Sendable () throws -> GEGLUWeights)?

    /// - Parameters:
    ///   - weight: `[2 · outputs, inputs]`, the value rows first, then the gate rows.
    ///   - bias: `[2 · outputs]`.
    public init(weight: Tensor, bias: Tensor?) {
        precondition(weight.rank >= 2 && weight.shape[0] % 2 == 0, "GEGLU weight of shape \(weight.shape)")
        outputs = weight.shape[0] / 2
        inputs = weight.count / max(weight.shape[0], 1)
        packed = PackedMatrix([weight], columns: inputs, paired: true)
        self.bias = bias?.float32()
    }

    /// A layer whose weights nobody loaded, as with `LinearWeights`.
    public init(blankFrom inputs: Int, to outputs: Int) {
        (self.inputs, self.outputs, packed, bias) = (inputs, outputs, .blank, nil)
    }

    public var byteCount: Int { packed.byteCount + (bias?.byteCount ?? 0) }
}

/// `value · GELU(gate)` of one linear layer's two halves (Shazeer 2020, "GLU variants").
///
/// - Parameter x: `[…, inputs]`.
/// - Returns: `[…, outputs]`.
func geglu(_ x: Tensor, _ weights: GEGLUWeights) -> Tensor {
    product(
        [x], weights.packed, inputs: weights.inputs, outputs: weights.outputs, paired: true, bias: weights.bias,
        activation: .none, residual: nil)
}

private func product(
    _ parts: [Tensor], _ matrix: PackedMatrix, inputs: Int, outputs: Int, paired: Bool, bias: Tensor?,
    activation: Activation, residual: Tensor?
) -> Tensor {
    let leading = Array(parts[0].shape.dropLast())
    precondition(
        inputs > 0 && parts.allSatisfy { $0.shape.dropLast() == leading[...] }
            && parts.reduce(0) { $0 + ($1.shape.last ?? 0) } == inputs,
        "\(parts.map(\.shape)) into a linear layer of \(inputs) inputs")
    let rows = leading.reduce(1, *)
    precondition(matrix.byteCount > 0 || outputs == 0, "a linear layer without its weights")
    precondition(residual.map { $0.count == rows * outputs } ?? true, "residual of \(residual?.shape ?? [])")
    return Tensor(shape: leading + [outputs]) { out in
        withKernelInputs(parts) { kernelInputs, count in
            Tensor.withFloats(of: bias) { bias in
                Tensor.withFloats(of: residual) { residual in
                    var job = dk_linear(
                        inputs: kernelInputs, input_count: count, rows: rows, k: inputs, n: outputs,
                        weights: matrix.start, weight_type: matrix.type, paired: paired, bias: bias,
                        residual: residual, activation: activation.kernel, y: out.baseAddress)
                    withExtendedLifetime(matrix) { dk_linear_run(&job) }
                }
            }
        }
    }
}
