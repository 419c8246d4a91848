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
    var packed: PackedMatrix
    var bias: Tensor?
    /// Where the weights come from that aren't here.
    var read: (@Sendable () throws -> ConvolutionWeights)?

    /// - Parameters:
    ///   - weight: `[outputs, inputs, height, width]` as checkpoints store it, of any floating type.
    ///   - bias: `[outputs]`.
    public init(weight: Tensor, bias: Tensor?, stride: Int = 1, padding: Padding) {
        precondition(weight.rank == 4 && stride >= 1, "convolution weight of shape \(weight.shape), stride \(stride)")
        (outputs, inputs) = (weight.shape[0], weight.shape[1])
        (kernelHeight, kernelWidth) = (weight.shape[2], weight.shape[3])
        self.stride = stride
        self.padding = padding
        packed = PackedMatrix([weight], columns: weight.shape[1] * weight.shape[2] * weight.shape[3])
        self.bias = bias?.float32()
    }

    /// A layer whose weights nobody loaded, as with `LinearWeights`.
    public init(blankFrom inputs: Int, to outputs: Int, kernel: Int, stride: Int, padding: Padding) {
        (self.inputs, self.outputs, kernelHeight, kernelWidth) = (inputs, outputs, kernel, kernel)
        (self.stride, self.padding, packed, bias) = (stride, padding, .blank, nil)
    }

    /// Bytes that the packed form keeps in memory.
    public var byteCount: Int { packed.byteCount + (bias?.byteCount ?? 0) }
}

extension ConvolutionWeights {
    /// The geometry of a call, without its operands.
    func job(batch: Int, height: Int, width: Int, upsampling: Bool) -> dk_conv {
        var job = dk_conv()
        (job.batch, job.height, job.width, job.in_channels) = (batch, height, width, inputs)
        job.upsample = upsampling
        (job.kernel_height, job.kernel_width, job.stride) = (kernelHeight, kernelWidth, stride)
        (job.pad_top, job.pad_left) = (padding.top, padding.left)
        job.out_height = outputHeight(ofHeight: height, upsampling: upsampling)
        let factor = upsampling ? 2 : 1
        job.out_width = (width * factor + padding.left + padding.right - kernelWidth) / stride + 1
        job.out_channels = outputs
        (job.weights, job.weight_type) = (packed.start, packed.type)
        return job
    }

    /// Rows of the result for a picture of so many rows; none or fewer when it is smaller than the kernel.
    public func outputHeight(ofHeight height: Int, upsampling: Bool = false) -> Int {
        (height * (upsampling ? 2 : 1) + padding.top + padding.bottom - kernelHeight) / stride + 1
    }
}

/// Two-dimensional convolution of channels-last pictures.
///
/// - Parameters:
///   - parts: pictures `[batch, height, width, cᵢ]` whose channels lie side by side in the order given (a skip connection is
///     never copied); the `cᵢ` add up to the weights' inputs.
///   - upsampling: reads every pixel as a 2×2 block (nearest), without making that picture.
///   - channelBias: `[batch, outputs]`, the time embedding's share, added to every pixel.
///   - activation: applied to the biased sums, before the residual is added.
///   - residual: a picture of the result's shape, added last.
/// - Returns: `[batch, height', width', outputs]`.
func convolution(
    _ parts: [Tensor], _ weights: ConvolutionWeights, upsampling: Bool = false, channelBias: Tensor? = nil,
    activation: Activation = .none, adding residual: Tensor? = nil
) -> Tensor {
    let x = parts[0]
    precondition(
        parts.allSatisfy { $0.rank == 4 && $0.shape.dropLast() == x.shape.dropLast() }
            && parts.reduce(0) { $0 + $1.shape[3] } == weights.inputs,
        "\(parts.map(\.shape)) into a convolution of \(weights.inputs) channels")
    let (batch, height) = (x.shape[0], x.shape[1])
    var job = weights.job(batch: batch, height: height, width: x.shape[2], upsampling: upsampling)
    let shape = [batch, Int(job.out_height), Int(job.out_width), weights.outputs]
    precondition(shape[1] > 0 && shape[2] > 0, "\(x.shape) is smaller than the kernel")
    precondition(weights.packed.byteCount > 0 || weights.outputs == 0, "a convolution without its weights")
    precondition(residual.map { $0.shape == shape } ?? true, "residual of \(residual?.shape ?? []) for \(shape)")
    precondition(
        channelBias.map { $0.count == batch * weights.outputs } ?? true,
        "channel bias of \(channelBias?.shape ?? []) for \(shape)")
    return Tensor(shape: shape) { out in
        withKernelInputs(parts) { inputs, count in
            Tensor.withFloats(of: weights.bias) { bias in
                Tensor.withFloats(of: channelBias) { channelBias in
                    Tensor.withFloats(of: residual) { residual in
                        (job.inputs, job.input_count) = (inputs, count)
                        (job.bias, job.image_bias, job.residual) = (bias, channelBias, residual)
                        (job.activation, job.y) = (activation.kernel, out.baseAddress)
                        withExtendedLifetime(weights.packed) { dk_conv_run(&job) }
                    }
                }
            }
        }
    }
}

/// Two-dimensional convolution of one picture.
func convolution(
    _ x: Tensor, _ weights: ConvolutionWeights, upsampling: Bool = false, channelBias: Tensor? = nil,
    activation: Activation = .none, adding residual: Tensor? = nil
) -> Tensor {
    convolution(
        [x], weights, upsampling: upsampling, channelBias: channelBias, activation: activation, adding: residual)
}
