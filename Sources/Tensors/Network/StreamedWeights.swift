/// The packed weights of a layer, which may be elsewhere: read when an operation needs them, and let go after it.
///
/// So a network runs in less memory than its weights take. It knows the shapes of all its layers as ever, and its results have the
/// same bits.
public protocol StreamableWeights: Sendable {
    /// A layer of this one's shape whose weights come from `read`, again for every operation.
    func streamed(_ read: @escaping @Sendable () throws -> Self) -> Self
    /// The weights themselves: this layer, or what was read now.
    func resident() throws -> Self
}

extension LinearWeights: StreamableWeights {
    public func streamed(_ read: @escaping @Sendable () throws -> LinearWeights) -> LinearWeights {
        var copy = LinearWeights(blankFrom: inputs, to: outputs)
        copy.read = read
        return copy
    }

    public func resident() throws -> LinearWeights { try read?() ?? self }
}

extension GEGLUWeights: StreamableWeights {
    public func streamed(_ read: @escaping @Sendable () throws -> GEGLUWeights) -> GEGLUWeights {
        var copy = GEGLUWeights(blankFrom: inputs, to: outputs)
        copy.read = read
        return copy
    }

    public func resident() throws -> GEGLUWeights { try read?() ?? self }
}

extension ConvolutionWeights: StreamableWeights {
    public func streamed(_ read: @escaping @Sendable () throws -> ConvolutionWeights) -> ConvolutionWeights {
        var copy = self
        (copy.packed, copy.bias, copy.read) = (.blank, nil, read)
        return copy
    }

    public func resident() throws -> ConvolutionWeights { try read?() ?? self }
}

extension TensorOperation {
    /// The same with its weights in memory.
    ///
    /// - Throws: what reading them throws.
    func withResidentWeights() throws -> TensorOperation {
        switch self {
        case .linear(let parts, let weights, let activation, let residual) where weights.read != nil:
            .linear(parts, try weights.resident(), activation: activation, residual: residual)
        case .gatedLinear(let x, let weights) where weights.read != nil: .gatedLinear(x, try weights.resident())
        case .convolution(let parts, let weights, let upsampling, let channelBias, let activation, let residual)
        where weights.read != nil:
            .convolution(
                parts, try weights.resident(), upsampling: upsampling, channelBias: channelBias, activation: activation,
                residual: residual)
        case .convolutionRows(let band, let height, let rows, let weights, let upsampling, let activation, let residual)
        where weights.read != nil:
            .convolutionRows(
                band, ofHeight: height, rows: rows, try weights.resident(), upsampling: upsampling, activation: activation,
                residual: residual)
        default: self
        }
    }
}
