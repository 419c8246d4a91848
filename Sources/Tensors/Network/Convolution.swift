internal import CTensorKernels

/// Zero rows and columns around a picture before a convolution.
public struct Padding: Sendable, Hashable {
    public var top, left, bottom, right: Int
    public init(top: Int, left: Int, bottom: Int, right: Int) {
        (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
    }
    /// The same on all sides.
    public init(_ all: Int) { self.init(top: all, left: all, bottom: all, right: all) }
    public static let none = Padding(0)
}

/// The weights of a two-dimensional convolution, packed once for the kernel that will use them.
public struct ConvolutionWeights: Sendable {
    public let inputs: Int
    public let outputs: Int
    public let kernelHeight: Int
    public let kernelWidth: Int
    public let stride: Int
    public let padding: Padding
    let weight: Tensor
    let bias: Tensor?

    /// - Parameters:
    ///   - weight: `[outputs, inputs, height, width]` as checkpoints store it, of any floating type.
    ///   - bias: `[outputs]`.
    public init(weight: Tensor, bias: Tensor?, stride: Int = 1, padding: Padding) {
        precondition(weight.rank == 4 && stride >= 1, "convolution weight of shape \(weight.shape), stride \(stride)")
        (outputs, inputs) = (weight.shape[0], weight.shape[1])
        (kernelHeight, kernelWidth) = (weight.shape[2], weight.shape[3])
        self.stride = stride
        self.padding = padding
        self.weight = weight.float32().permuted([2, 3, 1, 0])
        self.bias = bias?.float32()
    }

    /// Bytes that the packed form keeps in memory.
    public var byteCount: Int { weight.byteCount + (bias?.byteCount ?? 0) }
}

/// Two-dimensional convolution of channels-last pictures.
///
/// - Parameters:
///   - parts: pictures `[batch, height, width, cᵢ]` whose channels lie side by side in the order given (a skip connection is
///     never copied); the `cᵢ` add up to the weights' inputs.
///   - upsampling: reads every pixel as a 2×2 block (nearest), without making that picture.
///   - channelBias: `[batch, outputs]`, the time embedding's share, added to every pixel.
///   - residual: a picture of the result's shape, added last.
/// - Returns: `[batch, height', width', outputs]`.
public func convolution(
    _ parts: [Tensor], _ weights: ConvolutionWeights, upsampling: Bool = false, channelBias: Tensor? = nil,
    adding residual: Tensor? = nil
) -> Tensor {
    let joined = parts.count == 1 ? parts[0] : Tensor.concatenated(parts, along: 3)
    let x = upsampling ? upsampledNearest(joined) : joined
    precondition(x.rank == 4 && x.shape[3] == weights.inputs, "\(x.shape) into a convolution of \(weights.inputs) channels")
    let (batch, height, width) = (x.shape[0], x.shape[1], x.shape[2])
    let padding = weights.padding
    let outHeight = (height + padding.top + padding.bottom - weights.kernelHeight) / weights.stride + 1
    let outWidth = (width + padding.left + padding.right - weights.kernelWidth) / weights.stride + 1
    let shape = [batch, outHeight, outWidth, weights.outputs]
    let y = Tensor(shape: shape) { out in
        x.withFloats { x in
            weights.weight.withFloats { w in
                dk_reference_convolution(
                    out.baseAddress, x.baseAddress, w.baseAddress, batch, height, width, weights.inputs, outHeight,
                    outWidth, weights.outputs, weights.kernelHeight, weights.kernelWidth, weights.stride, padding.top,
                    padding.left)
            }
        }
        let pixels = outHeight * outWidth
        for item in 0..<batch {
            for pixel in 0..<pixels {
                let start = (item * pixels + pixel) * weights.outputs
                weights.bias?.withFloats { b in for c in 0..<weights.outputs { out[start + c] += b[c] } }
                channelBias?.withFloats { b in
                    for c in 0..<weights.outputs { out[start + c] += b[item * weights.outputs + c] }
                }
            }
        }
    }
    return residual.map { y + $0 } ?? y
}

/// Two-dimensional convolution of one picture.
public func convolution(
    _ x: Tensor, _ weights: ConvolutionWeights, upsampling: Bool = false, channelBias: Tensor? = nil,
    adding residual: Tensor? = nil
) -> Tensor {
    convolution([x], weights, upsampling: upsampling, channelBias: channelBias, adding: residual)
}

/// Every pixel of `[batch, height, width, channels]` as a 2×2 block.
public func upsampledNearest(_ x: Tensor) -> Tensor {
    let (batch, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    return Tensor(shape: [batch, height * 2, width * 2, channels]) { out in
        x.withFloats { x in
            guard let source = x.baseAddress, let target = out.baseAddress else { return }
            for row in 0..<batch * height * 2 {
                let sourceRow = row / (height * 2) * height + row % (height * 2) / 2
                for column in 0..<width * 2 {
                    (target + (row * width * 2 + column) * channels).initialize(
                        from: source + (sourceRow * width + column / 2) * channels, count: channels)
                }
            }
        }
    }
}
