internal import CTensorKernels

/// Runs operations on the processor by the kernels of this module, in `Precision.standard`.
public struct KernelExecutor: OperationExecutor {
    public init() {}

    public func run(_ operation: TensorOperation) throws -> Tensor {
        // Outside: weights that are packed meanwhile are whole, whoever else gets them.
        let operation = try operation.withResidentWeights()
        return try stoppable { try compute(operation) }
    }

    private func compute(_ operation: TensorOperation) throws -> Tensor {
        switch operation {
        case .linear(let parts, let weights, let activation, let residual):
            linear(parts, weights, activation: activation, adding: residual)
        case .gatedLinear(let x, let weights): geglu(x, weights)
        case .convolution(let parts, let weights, let upsampling, let channelBias, let activation, let residual):
            convolution(
                parts, weights, upsampling: upsampling, channelBias: channelBias, activation: activation, adding: residual)
        case .groupNorm(let parts, let weights, let groups, let epsilon, let silu, let overwriting):
            overwriting
                ? groupNorm(over: parts[0], weights, groups: groups, epsilon: epsilon, silu: silu)
                : groupNorm(parts, weights, groups: groups, epsilon: epsilon, silu: silu)
        case .layerNorm(let x, let weights, let epsilon): layerNorm(x, weights, epsilon: epsilon)
        case .attention(let query, let key, let value, let heads, let isCausal, let scale):
            attention(query: query, key: key, value: value, heads: heads, causal: isCausal, scale: scale)
        case .lookUp(let table, let rows): gatherRows(table, rows)
        case .convolutionRows(let band, let height, let rows, let weights, let upsampling, let activation, let residual):
            convolution(band, ofHeight: height, rows: rows, weights, upsampling: upsampling, activation: activation, adding: residual)
        case .groupNormRows(let x, let factors, let silu, let overwriting): factors.applied(to: x, silu: silu, overwriting: overwriting)
        case .attentionPart(let query, let key, let value, let heads, let state, let isLast):
            attentionPart(query: query, key: key, value: value, heads: heads, state: state, isLast: isLast)
        case .product(let a, let b, let transposing): matrixProduct(a, b, transposing: transposing)
        case .softmax(let x): softmax(x)
        case .activate(let x, let activation): activated(x, activation)
        case .apply(let function, let x): x.map(function)
        case .parametricReLU(let x, let slopes): leakyReLU(x, slopes: slopes)
        case .add(let a, let b): a + b
        case .scale(let x, let factor): x * factor
        case .combine(let a, let x, let b, let y): lincomb(a, x, b, y)
        case .addToChannels(let x, let vectors): x.adding(toChannels: vectors)
        case .averageOverPicture(let x): x.averagedOverPicture()
        case .halve(let x): x.halvedByMean()
        case .resizeNearest(let x, let height, let width): x.pickedNearest(height: height, width: width)
        case .mirrorBeyond(let x, let below, let right): x.mirrored(below: below, right: right)
        case .join(let parts, let dimension): Tensor.concatenated(parts, along: dimension)
        case .take(let x, let dimension, let start, let count): x.narrowed(dimension, from: start, count: count)
        case .permute(let x, let order): x.permuted(order)
        case .pick(let x, let items): items.count == 1 ? x.item(items[0]) : Tensor.concatenated(items.map { x.item($0) }, along: 0)
        case .function(let function, let operands): try function.value(of: operands)
        }
    }
}
