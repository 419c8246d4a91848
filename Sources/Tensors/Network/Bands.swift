internal import CTensorKernels

/// Some rows of one picture, for operations on pictures that aren't held whole.
///
/// Every operation on a band gives the bits that it gives on the whole picture.
public struct PictureBand: Sendable {
    /// Which rows of the picture.
    public let rows: Range<Int>
    /// `[1, rows, width, channels]`.
    public var pixels: Tensor

    public init(rows: Range<Int>, pixels: Tensor) {
        precondition(pixels.rank == 4 && pixels.shape[0] == 1 && pixels.shape[1] == rows.count, "\(rows) of \(pixels.shape)")
        (self.rows, self.pixels) = (rows, pixels)
    }
}

extension ConvolutionWeights {
    /// Borders between bands lie at multiples of this many rows of the result: Winograd's tiles.
    public static let bandStep = 4

    /// Rows of the input that some rows of the result look at.
    ///
    /// - Parameter height: rows of the whole input.
    public func inputRows(for rows: Range<Int>, ofHeight height: Int, upsampling: Bool = false) -> Range<Int> {
        let factor = upsampling ? 2 : 1
        let first = max(0, rows.lowerBound * stride - padding.top) / factor
        let last = (rows.upperBound - 1) * stride - padding.top + kernelHeight - 1
        return first..<max(first + 1, min(height, last / factor + 1))
    }

    /// Bytes that a 3×3 convolution of stride 1 takes beside input and result, for so many rows of the result.
    ///
    /// - Parameters:
    ///   - height, width: of the whole result.
    public static func workspace(inputs: Int, outputs: Int, rows: Int, height: Int, width: Int) -> Int {
        var job = dk_conv()
        (job.batch, job.height, job.width, job.in_channels, job.out_channels) = (1, height, width, inputs, outputs)
        (job.input_count, job.inputs.0.channels) = (1, inputs)
        (job.kernel_height, job.kernel_width, job.stride, job.pad_top, job.pad_left) = (3, 3, 1, 1, 1)
        (job.out_height, job.out_width, job.out_rows, job.in_rows) = (height, width, min(rows, height), height)
        return dk_conv_workspace(&job)
    }
}

/// Some rows of the convolution of a picture.
///
/// - Parameters:
///   - x: the rows that `inputRows` names.
///   - height: rows of the whole picture that `x` is a part of.
///   - rows: rows of the result; they begin at a multiple of `bandStep`, and end at one or with the picture.
///   - activation, residual: as for whole pictures; `residual` has the rows of the result.
/// - Returns: `[1, rows, width', outputs]`.
func convolution(
    _ x: PictureBand, ofHeight height: Int, rows: Range<Int>, _ weights: ConvolutionWeights, upsampling: Bool = false,
    activation: Activation = .none, adding residual: Tensor? = nil
) -> Tensor {
    var job = weights.job(batch: 1, height: height, width: x.pixels.shape[2], upsampling: upsampling)
    let shape = [1, rows.count, Int(job.out_width), weights.outputs]
    precondition(
        rows.lowerBound % ConvolutionWeights.bandStep == 0 && !rows.isEmpty && rows.upperBound <= Int(job.out_height)
            && (rows.upperBound % ConvolutionWeights.bandStep == 0 || rows.upperBound == Int(job.out_height))
            && x.rows == weights.inputRows(for: rows, ofHeight: height, upsampling: upsampling)
            && x.pixels.shape[3] == weights.inputs && residual?.shape ?? shape == shape,
        "rows \(rows) of \(job.out_height) from rows \(x.rows) of \(height), \(x.pixels.shape)")
    (job.out_first, job.out_rows, job.in_first, job.in_rows) = (rows.lowerBound, rows.count, x.rows.lowerBound, x.rows.count)
    return Tensor(shape: shape) { out in
        withKernelInputs([x.pixels]) { inputs, count in
            Tensor.withFloats(of: weights.bias) { bias in
                Tensor.withFloats(of: residual) { residual in
                    (job.inputs, job.input_count) = (inputs, count)
                    (job.bias, job.residual) = (bias, residual)
                    (job.activation, job.y) = (activation.kernel, out.baseAddress)
                    withExtendedLifetime(weights.packed) { dk_conv_run(&job) }
                }
            }
        }
    }
}

/// The sums of a group norm over a picture that comes in bands, added in the order in which the norm of the whole picture adds them.
struct GroupNormSums: Sendable {
    private let channels: Int
    private let groups: Int
    /// Sum and sum of squares of each group.
    private var sums: [Double]
    private var pixels = 0
    /// Pixels at the end of the last band that don't fill a stretch yet.
    private var rest: [Float] = []

    /// - Parameter channels: a multiple of `groups`.
    init(channels: Int, groups: Int = 32) {
        precondition(channels > 0 && channels % groups == 0, "\(channels) channels, \(groups) groups")
        (self.channels, self.groups) = (channels, groups)
        sums = [Double](repeating: 0, count: 2 * groups)
    }

    /// Adds the pixels that follow: `[1, rows, width, channels]`.
    mutating func add(_ band: Tensor) {
        precondition(band.shape.last == channels, "\(band.shape) for a norm of \(channels) channels")
        let stretch = dk_group_norm_stretch(channels) * channels
        pixels += band.count / channels
        band.withFloats { x in
            var x = x[...]
            if !rest.isEmpty {
                let part = x.prefix(stretch - rest.count)
                rest += part
                x = x.dropFirst(part.count)
                guard rest.count == stretch else { return }
                let full = rest
                full.withUnsafeBufferPointer { gather($0) }
                rest.removeAll(keepingCapacity: true)
            }
            let whole = x.prefix(x.count / stretch * stretch)
            gather(UnsafeBufferPointer(rebasing: whole))
            rest += x.dropFirst(whole.count)
        }
    }

    private mutating func gather(_ x: UnsafeBufferPointer<Float>) {
        dk_group_norm_gather(x.baseAddress, x.count / channels, channels, groups, &sums)
    }

    /// What the norm does to each channel, when all bands were added.
    func factors(_ weights: NormWeights, epsilon: Float) -> GroupNormFactors {
        precondition(weights.channels == channels, "norm of \(weights.channels) channels for \(channels)")
        var whole = self
        if !rest.isEmpty { rest.withUnsafeBufferPointer { whole.gather($0) } }
        var shift = [Float](repeating: 0, count: channels)
        let scale = Tensor(shape: [channels]) { scale in
            weights.weight.withFloats { gamma in
                weights.bias.withFloats { beta in
                    dk_group_norm_factors(
                        whole.sums, pixels, channels, groups, gamma.baseAddress, beta.baseAddress, epsilon, scale.baseAddress, &shift)
                }
            }
        }
        return GroupNormFactors(scale: scale, shift: Tensor(shift))
    }
}

/// A group norm whose sums are known: `x · scale + shift` for each channel.
public struct GroupNormFactors: Sendable {
    let scale: Tensor
    let shift: Tensor

    /// Pixels `[…, channels]` normed.
    ///
    /// - Parameter overwriting: nobody else holds them; the result takes their place.
    func applied(to x: Tensor, silu applySilu: Bool, overwriting: Bool) -> Tensor {
        let channels = scale.count
        precondition(x.shape.last == channels, "\(x.shape) for a norm of \(channels) channels")
        let activation = applySilu ? DK_SILU : DK_LINEAR
        func run(_ y: UnsafeMutablePointer<Float>?, _ x: UnsafePointer<Float>?, _ count: Int) {
            scale.withFloats { scale in
                shift.withFloats { shift in
                    dk_scale_shift_run(y, x, count / channels, channels, scale.baseAddress, shift.baseAddress, activation)
                }
            }
        }
        guard overwriting else {
            return Tensor(shape: x.shape) { out in x.withFloats { run(out.baseAddress, $0.baseAddress, $0.count) } }
        }
        // Safe: whoever calls this holds the only reference, and the kernel reads each number before it writes it.
        let start = (x.storage.start + x.byteOffset).assumingMemoryBound(to: Float.self)
        run(start, start, x.count)
        return x
    }
}

/// Attention of some queries to keys and values that come in parts, one after the other, with the bits of one call.
public struct AttentionInParts {
    /// Keys of a part, but for the last one: a multiple of this.
    public static let keyStep = 128
    private let heads: Int
    private let query: TokenColumns
    private let operations: Operations
    private var state: Tensor?

    /// Bytes that the queries' state takes.
    public static func stateBytes(queries: Int, width: Int, heads: Int) -> Int {
        var job = dk_attention(batch: 1, heads: heads, size: width / heads, queries: queries, scale: nil)
        return dk_attention_state_bytes(&job)
    }

    /// - Parameter query: `[1, queries, heads · d]`.
    public init(query: TokenColumns, heads: Int, _ operations: Operations) {
        (self.query, self.heads, self.operations) = (query, heads, operations)
    }

    /// Looks at the next keys and values.
    ///
    /// - Parameter isLast: no more follow.
    /// - Returns: `[1, queries, heads · d]` after the last part, else `nil`.
    /// - Throws: `CancellationError` when the work was asked to stop.
    public mutating func look(
        at key: TokenColumns, value: TokenColumns, isLast: Bool, named name: @autoclosure () -> String = ""
    ) throws -> Tensor? {
        let seen = try operations.run(
            .attentionPart(query: query, key: key, value: value, heads: heads, state: state, isLast: isLast), named: name())
        state = isLast ? nil : seen
        return isLast ? seen : nil
    }
}

/// Attention to some of the keys.
///
/// - Parameters:
///   - query: `[1, queries, heads · d]`.
///   - state: of the keys before; written over. `nil` at the beginning.
///   - isLast: no more keys follow.
/// - Returns: the new state, or `[1, queries, heads · d]` after the last keys.
func attentionPart(query: TokenColumns, key: TokenColumns, value: TokenColumns, heads: Int, state: Tensor?, isLast: Bool) -> Tensor {
    let (keys, queries) = (key.tensor.shape[1], query.tensor.shape[1])
    precondition(
        query.tensor.shape[0] == 1 && query.width % heads == 0 && keys > 0 && (isLast || keys % AttentionInParts.keyStep == 0)
            && keys == value.tensor.shape[1] && key.width == query.width && value.width == query.width,
        "attention of \(query) to \(keys) keys with \(heads) heads")
    var job = dk_attention(batch: 1, heads: heads, size: query.width / heads, queries: queries, scale: nil)
    (job.keys, job.begins, job.ends) = (keys, state == nil, isLast)
    let state =
        state ?? Tensor(shape: [AttentionInParts.stateBytes(queries: queries, width: query.width, heads: heads) / 4]) { _ in }
    // Safe: whoever holds a state holds it for the next call of this alone.
    job.state = (state.storage.start + state.byteOffset).assumingMemoryBound(to: Float.self)
    func run(_ out: UnsafeMutablePointer<Float>?) {
        query.withColumns { q in
            key.withColumns { k in
                value.withColumns { v in
                    (job.q, job.q_pitch) = (q, query.tensor.shape[2])
                    (job.k, job.k_pitch, job.v, job.v_pitch) = (k, key.tensor.shape[2], v, value.tensor.shape[2])
                    (job.out, job.out_pitch) = (out, query.width)
                    withExtendedLifetime(state) { dk_attention_run(&job) }
                }
            }
        }
    }
    guard isLast else {
        run(nil)
        return state
    }
    return Tensor(shape: [1, queries, query.width]) { run($0.baseAddress) }
}
