/// One step of a network's arithmetic with everything it works on: the whole vocabulary in which networks are written.
///
/// Closed on purpose: what runs operations, counts them or records them for gradients is a `switch` over these cases, and the
/// compiler names the cases it forgot. What a kernel does on the way (a bias, an activation, a shortcut that is added, an input that
/// is written over) is a parameter of the operation, so it is there to be seen.
///
/// Pictures are `[batch, height, width, channels]`, tokens `[batch, tokens, channels]`. Views (`reshaped`) are no operations: they
/// look at the same numbers.
public enum TensorOperation: Sendable {
    // MARK: Layers

    /// `activation(x · Wᵀ + bias) + residual`; several inputs count as joined along their channels.
    case linear([Tensor], LinearWeights, activation: Activation, residual: Tensor?)
    /// `value · GELU(gate)` of one linear layer's two halves.
    case gatedLinear(Tensor, GEGLUWeights)
    /// `activation(conv(x) + bias + channelBias) + residual`, of inputs that count as joined along their channels.
    case convolution(
        [Tensor], ConvolutionWeights, upsampling: Bool, channelBias: Tensor?, activation: Activation, residual: Tensor?)
    /// Group norm of inputs that count as joined along their channels, with SiLU after it if wanted. `overwriting`: nobody else
    /// holds the only input, the result may take its place.
    case groupNorm([Tensor], NormWeights, groups: Int, epsilon: Float, silu: Bool, overwriting: Bool)
    case layerNorm(Tensor, NormWeights, epsilon: Float)
    case attention(query: TokenColumns, key: TokenColumns, value: TokenColumns, heads: Int, isCausal: Bool, scale: Float?)
    /// Rows of a table as `[rows, width]`.
    case lookUp(table: Tensor, rows: [Int])

    // MARK: Layers of pictures that aren't held whole, with the bits of the whole

    /// Some rows of the convolution of a picture of so many rows, of the rows that they look at.
    case convolutionRows(
        PictureBand, ofHeight: Int, rows: Range<Int>, ConvolutionWeights, upsampling: Bool, activation: Activation, residual: Tensor?)
    /// Group norm of some pixels whose picture's sums are known. `overwriting`: nobody else holds them.
    case groupNormRows(Tensor, GroupNormFactors, silu: Bool, overwriting: Bool)
    /// Attention to some of the keys, after those that `state` has seen; it is written over. Gives the new state, or the result after
    /// the last keys.
    case attentionPart(query: TokenColumns, key: TokenColumns, value: TokenColumns, heads: Int, state: Tensor?, isLast: Bool)

    // MARK: Arithmetic without weights

    /// `op(a) · op(b)` of two matrices, each as it is or transposed.
    case product(Tensor, Tensor, transposing: TransposedOperands)
    /// Over the last dimension.
    case softmax(Tensor)
    case activate(Tensor, Activation)
    case apply(ElementFunction, Tensor)
    /// `x` where positive, else `x · slope` of its channel.
    case parametricReLU(Tensor, slopes: Tensor)
    /// Element by element.
    case add(Tensor, Tensor)
    case scale(Tensor, by: Float)
    /// `a · x + b · y`, fused.
    case combine(Float, Tensor, Float, Tensor)
    /// A vector for each picture of the batch, `[batch, channels]`, added at every place.
    case addToChannels(Tensor, Tensor)
    /// Every place of a picture becomes the mean over all places.
    case averageOverPicture(Tensor)
    /// Means of 2×2 pixels; an odd side gets zeros in front.
    case halve(Tensor)

    // MARK: Numbers that only move

    /// Another size by the nearest pixel.
    case resizeNearest(Tensor, height: Int, width: Int)
    /// A picture grown below and to the right by its mirror image.
    case mirrorBeyond(Tensor, below: Int, right: Int)
    case join([Tensor], along: Int)
    /// Some neighbouring elements along a dimension.
    case take(Tensor, along: Int, from: Int, count: Int)
    /// Dimensions in another order.
    case permute(Tensor, [Int])
    /// Items of the outermost dimension by number, each as often as it is named.
    case pick(Tensor, items: [Int])

    // MARK: What others bring

    /// A function that isn't in this vocabulary: the one door in it.
    case function(any TensorFunction, [Tensor])

    /// What an operation is, without what it works on.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case linear, gatedLinear, convolution, groupNorm, layerNorm, attention, lookUp
        case convolutionRows, groupNormRows, attentionPart
        case product, softmax, activate, apply, parametricReLU, add, scale, combine, addToChannels, averageOverPicture, halve
        case resizeNearest, mirrorBeyond, join, take, permute, pick, function
    }

    public var kind: Kind {
        switch self {
        case .linear: .linear
        case .gatedLinear: .gatedLinear
        case .convolution: .convolution
        case .groupNorm: .groupNorm
        case .layerNorm: .layerNorm
        case .attention: .attention
        case .lookUp: .lookUp
        case .convolutionRows: .convolutionRows
        case .groupNormRows: .groupNormRows
        case .attentionPart: .attentionPart
        case .product: .product
        case .softmax: .softmax
        case .activate: .activate
        case .apply: .apply
        case .parametricReLU: .parametricReLU
        case .add: .add
        case .scale: .scale
        case .combine: .combine
        case .addToChannels: .addToChannels
        case .averageOverPicture: .averageOverPicture
        case .halve: .halve
        case .resizeNearest: .resizeNearest
        case .mirrorBeyond: .mirrorBeyond
        case .join: .join
        case .take: .take
        case .permute: .permute
        case .pick: .pick
        case .function: .function
        }
    }

    /// The tensors it works on, weights left out, in the order in which they are named.
    public var operands: [Tensor] {
        switch self {
        case .linear(let parts, _, _, let residual): parts + [residual].compactMap { $0 }
        case .convolution(let parts, _, _, let channelBias, _, let residual): parts + [channelBias, residual].compactMap { $0 }
        case .groupNorm(let parts, _, _, _, _, _), .join(let parts, _), .function(_, let parts): parts
        case .convolutionRows(let band, _, _, _, _, _, let residual): [band.pixels] + [residual].compactMap { $0 }
        case .attentionPart(let query, let key, let value, _, let state, _):
            [query.tensor, key.tensor, value.tensor] + [state].compactMap { $0 }
        case .attention(let query, let key, let value, _, _, _): [query.tensor, key.tensor, value.tensor]
        case .product(let a, let b, _), .add(let a, let b), .combine(_, let a, _, let b), .addToChannels(let a, let b),
            .parametricReLU(let a, let b):
            [a, b]
        case .gatedLinear(let x, _), .layerNorm(let x, _, _), .groupNormRows(let x, _, _, _), .lookUp(let x, _), .softmax(let x),
            .activate(let x, _),
            .apply(_, let x), .scale(let x, _), .averageOverPicture(let x), .halve(let x), .resizeNearest(let x, _, _),
            .mirrorBeyond(let x, _, _), .take(let x, _, _, _), .permute(let x, _), .pick(let x, _):
            [x]
        }
    }
}

/// Functions of one number that small networks use beside the activations that kernels fuse.
public enum ElementFunction: Sendable, Hashable {
    /// `x` where positive, else `x` times the slope.
    case leakyReLU(slope: Float)
    /// `x` where positive, else `eˣ − 1`.
    case elu
    /// `x · min(max(x + 3, 0), 6) / 6`.
    case hardSwish
    case tanh
    case sigmoid
    /// `x / (1 + |x|)`.
    case softsign
    /// `x · tanh(ln(1 + eˣ))`.
    case mish
    /// `x / divisor`.
    case divide(by: Float)
    /// `x · scale + shift`, rounded twice; then what lies outside is cut off, but for NaN and infinities.
    case affine(scale: Float, shift: Float, limits: ClosedRange<Float>? = nil)
    /// `limit · tanh(x / limit)`: bends large values.
    case softLimit(Float)
}

/// A step of arithmetic between a network's layers that the vocabulary of `TensorOperation` doesn't have: a patch's change to pictures,
/// the weights of a prompt. Whoever writes it says how to compute it.
public protocol TensorFunction: Sendable {
    /// What it is called where somebody looks on.
    var name: String { get }
    /// What it makes of its operands, which it leaves as they are.
    func value(of operands: [Tensor]) throws -> Tensor
    /// The shape of that, which follows from the operands' shapes alone.
    func shape(of operands: [[Int]]) -> [Int]
}

extension TensorFunction {
    /// That of the first operand.
    public func shape(of operands: [[Int]]) -> [Int] { operands.first ?? [] }
}
