// How networks spell operations. Shapes are those of `TensorOperation`; every call throws `CancellationError` when the work was asked to
// stop, and nothing else.

extension Operations {
    // MARK: Layers

    /// `activation(x · Wᵀ + bias) + residual`: `[…, inputs]` to `[…, outputs]`.
    public func linear(
        _ x: Tensor, _ weights: LinearWeights, activation: Activation = .none, adding residual: Tensor? = nil,
        named name: @autoclosure () -> String = ""
    ) throws -> Tensor {
        try run(.linear([x], weights, activation: activation, residual: residual), named: name())
    }

    /// `value · GELU(gate)`: `[…, inputs]` to `[…, outputs]`.
    public func geglu(_ x: Tensor, _ weights: GEGLUWeights, named name: @autoclosure () -> String = "") throws -> Tensor {
        try run(.gatedLinear(x, weights), named: name())
    }

    /// Convolution of pictures whose channels lie side by side.
    ///
    /// - Parameters:
    ///   - upsampling: reads every pixel as a 2×2 block.
    ///   - channelBias: `[batch, outputs]`, added to every pixel.
    public func convolution(
        _ parts: [Tensor], _ weights: ConvolutionWeights, upsampling: Bool = false, channelBias: Tensor? = nil,
        activation: Activation = .none, adding residual: Tensor? = nil, named name: @autoclosure () -> String = ""
    ) throws -> Tensor {
        try run(
            .convolution(
                parts, weights, upsampling: upsampling, channelBias: channelBias, activation: activation, residual: residual),
            named: name())
    }

    /// Convolution of one picture.
    public func convolution(
        _ x: Tensor, _ weights: ConvolutionWeights, upsampling: Bool = false, channelBias: Tensor? = nil,
        activation: Activation = .none, adding residual: Tensor? = nil, named name: @autoclosure () -> String = ""
    ) throws -> Tensor {
        try convolution(
            [x], weights, upsampling: upsampling, channelBias: channelBias, activation: activation, adding: residual,
            named: name())
    }

    /// Group norm of pictures whose channels lie side by side.
    public func groupNorm(
        _ parts: [Tensor], _ weights: NormWeights, groups: Int = 32, epsilon: Float, silu: Bool = false,
        named name: @autoclosure () -> String = ""
    ) throws -> Tensor {
        try run(
            .groupNorm(parts, weights, groups: groups, epsilon: epsilon, silu: silu, overwriting: false), named: name())
    }

    /// Group norm of one picture.
    public func groupNorm(
        _ x: Tensor, _ weights: NormWeights, groups: Int = 32, epsilon: Float, silu: Bool = false,
        named name: @autoclosure () -> String = ""
    ) throws -> Tensor {
        try groupNorm([x], weights, groups: groups, epsilon: epsilon, silu: silu, named: name())
    }

    /// Group norm that takes the place of its input if nobody else holds it: large pictures then need no second copy.
    public func groupNorm(
        inPlace x: inout Tensor, _ weights: NormWeights, groups: Int = 32, epsilon: Float, silu: Bool = false,
        named name: @autoclosure () -> String = ""
    ) throws {
        let overwrites = x.isOverwritable
        x = try run(
            .groupNorm([x], weights, groups: groups, epsilon: epsilon, silu: silu, overwriting: overwrites), named: name())
    }

    /// Layer norm over the last dimension.
    public func layerNorm(
        _ x: Tensor, _ weights: NormWeights, epsilon: Float = 1e-5, named name: @autoclosure () -> String = ""
    ) throws -> Tensor {
        try run(.layerNorm(x, weights, epsilon: epsilon), named: name())
    }

    /// Attention with several heads, of columns of token matrices.
    ///
    /// - Parameter scale: factor of the scores, `1/√d` by default.
    public func attention(
        query: TokenColumns, key: TokenColumns, value: TokenColumns, heads: Int, causal: Bool = false, scale: Float? = nil,
        named name: @autoclosure () -> String = ""
    ) throws -> Tensor {
        try run(
            .attention(query: query, key: key, value: value, heads: heads, isCausal: causal, scale: scale), named: name())
    }

    /// Rows of a table `[rows, width]`, as float32.
    public func lookUp(_ table: Tensor, rows: [Int]) throws -> Tensor { try run(.lookUp(table: table, rows: rows)) }

    // MARK: Layers of pictures that aren't held whole

    /// Some rows of the convolution of a picture.
    ///
    /// - Parameters:
    ///   - x: the rows that `inputRows` names.
    ///   - height: rows of the whole picture that `x` is a part of.
    ///   - rows: rows of the result; they begin at a multiple of `bandStep`, and end at one or with the picture.
    ///   - residual: the same rows of what is added.
    /// - Returns: `[1, rows, width', outputs]`.
    public func convolution(
        _ x: PictureBand, ofHeight height: Int, rows: Range<Int>, _ weights: ConvolutionWeights, upsampling: Bool = false,
        activation: Activation = .none, adding residual: Tensor? = nil, named name: @autoclosure () -> String = ""
    ) throws -> Tensor {
        try run(
            .convolutionRows(
                x, ofHeight: height, rows: rows, weights, upsampling: upsampling, activation: activation, residual: residual),
            named: name())
    }

    /// Group norm of some pixels of a picture whose sums are known; over their own memory where nobody else holds it.
    public func groupNorm(
        inPlace x: inout Tensor, _ factors: GroupNormFactors, silu: Bool = false, named name: @autoclosure () -> String = ""
    ) throws {
        let overwrites = x.isOverwritable
        x = try run(.groupNormRows(x, factors, silu: silu, overwriting: overwrites), named: name())
    }

    // MARK: Arithmetic without weights

    /// `op(a) · op(b)` of two matrices.
    public func product(_ a: Tensor, _ b: Tensor, transposing: TransposedOperands = []) throws -> Tensor {
        try run(.product(a, b, transposing: transposing))
    }

    public func softmax(_ x: Tensor) throws -> Tensor { try run(.softmax(x)) }
    public func activate(_ x: Tensor, _ activation: Activation) throws -> Tensor { try run(.activate(x, activation)) }
    public func silu(_ x: Tensor) throws -> Tensor { try activate(x, .silu) }
    public func relu(_ x: Tensor) throws -> Tensor { try activate(x, .relu) }
    public func apply(_ function: ElementFunction, _ x: Tensor) throws -> Tensor { try run(.apply(function, x)) }
    public func parametricReLU(_ x: Tensor, slopes: Tensor) throws -> Tensor { try run(.parametricReLU(x, slopes: slopes)) }
    public func add(_ a: Tensor, _ b: Tensor) throws -> Tensor { try run(.add(a, b)) }
    public func scale(_ x: Tensor, by factor: Float) throws -> Tensor { try run(.scale(x, by: factor)) }

    /// `a · x + b · y`.
    public func combine(_ a: Float, _ x: Tensor, _ b: Float, _ y: Tensor) throws -> Tensor { try run(.combine(a, x, b, y)) }

    public func addToChannels(_ x: Tensor, _ vectors: Tensor) throws -> Tensor { try run(.addToChannels(x, vectors)) }
    public func averageOverPicture(_ x: Tensor) throws -> Tensor { try run(.averageOverPicture(x)) }
    public func halve(_ x: Tensor) throws -> Tensor { try run(.halve(x)) }

    /// A function that isn't in the vocabulary.
    public func apply(_ function: some TensorFunction, to operands: Tensor...) throws -> Tensor {
        try run(.function(function, operands), named: function.name)
    }

    // MARK: Numbers that only move

    public func resizeNearest(_ x: Tensor, height: Int, width: Int) throws -> Tensor {
        try run(.resizeNearest(x, height: height, width: width))
    }
    public func mirrorBeyond(_ x: Tensor, below: Int, right: Int) throws -> Tensor {
        below == 0 && right == 0 ? x : try run(.mirrorBeyond(x, below: below, right: right))
    }
    public func join(_ parts: [Tensor], along dimension: Int) throws -> Tensor {
        parts.count == 1 ? parts[0] : try run(.join(parts, along: dimension))
    }
    public func take(_ x: Tensor, along dimension: Int, from start: Int, count: Int) throws -> Tensor {
        try run(.take(x, along: dimension, from: start, count: count))
    }
    public func permute(_ x: Tensor, _ order: [Int]) throws -> Tensor { try run(.permute(x, order)) }
    public func pick(_ x: Tensor, items: [Int]) throws -> Tensor { try run(.pick(x, items: items)) }

    /// The outermost dimension repeated cyclically, or cut, to `count` items.
    public func repeated(_ x: Tensor, toBatch count: Int) throws -> Tensor {
        x.shape[0] == count ? x : try pick(x, items: (0..<count).map { $0 % x.shape[0] })
    }

    /// `[batch, channels, height, width]` to `[batch, height, width, channels]`.
    public func channelsLast(_ x: Tensor) throws -> Tensor { try permute(x, [0, 2, 3, 1]) }
    /// `[batch, height, width, channels]` to `[batch, channels, height, width]`.
    public func channelsFirst(_ x: Tensor) throws -> Tensor { try permute(x, [0, 3, 1, 2]) }
}
