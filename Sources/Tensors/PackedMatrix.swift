internal import CTensorKernels

/// A weight matrix `[outputs, inputs]` in panels of 32 outputs, as the kernels read it.
///
/// float16 and bfloat16 stay two bytes wide (the arithmetic is float32 all the same, exactly); every other type becomes float32.
struct PackedMatrix: Sendable {
    let storage: TensorStorage
    let type: dk_type
    /// Where the first panel lies in the storage.
    private let offset: Int
    var start: UnsafeRawPointer { UnsafeRawPointer(storage.start + offset) }
    var byteCount: Int { storage.byteCount - offset }

    /// The outputs from `first` on, a multiple of a panel's 32; the storage is shared.
    func from(_ first: Int, columns: Int) -> PackedMatrix {
        precondition(first % 32 == 0, "panels have 32 outputs, \(first) is no border")
        return PackedMatrix(storage: storage, type: type, offset: offset + dk_packed_size(first, columns, false, type))
    }

    private init(storage: TensorStorage, type: dk_type, offset: Int) {
        (self.storage, self.type, self.offset) = (storage, type, offset)
    }

    /// The place of a matrix that isn't there: networks that are only looked over are made of such.
    static let blank = PackedMatrix(storage: TensorStorage(byteCount: 0), type: DK_F32, offset: 0)

    /// - Parameters:
    ///   - parts: matrices that lie below each other, each `[rows, …]` with the same number of columns.
    ///   - paired: the first half of the rows are values, the second half gates; they alternate in the packed form.
    init(_ parts: [Tensor], columns: Int, paired: Bool = false) {
        let types = Set(parts.map(\.dtype))
        let type: dk_type =
            switch types.count == 1 ? types.first : nil {
            case .float16: DK_F16
            case .bfloat16: DK_BF16
            default: DK_F32
            }
        let sources = type == DK_F32 ? parts.map { $0.float32() } : parts
        // Panels are 32 rows: whole ones can be packed part by part, anything else is joined first.
        let whole = sources.count == 1 || (!paired && sources.allSatisfy { $0.shape[0] % 32 == 0 })
        let rows = parts.map { $0.shape[0] }
        let outputs = rows.reduce(0, +) / (paired ? 2 : 1)
        let storage = TensorStorage(byteCount: dk_packed_size(outputs, columns, paired, type))
        if whole {
            var offset = 0
            for (source, count) in zip(sources, rows) {
                let count = paired ? count / 2 : count
                source.withBytes { dk_pack(storage.start + offset, $0.baseAddress, count, columns, paired, type) }
                offset += dk_packed_size(count, columns, paired, type)
            }
        } else {
            let size = dk_type_size(type)
            let joined = TensorStorage(byteCount: rows.reduce(0, +) * columns * size)
            var offset = 0
            for (source, count) in zip(sources, rows) {
                source.withBytes { bytes in
                    guard let base = bytes.baseAddress else { return }
                    (joined.start + offset).copyMemory(from: base, byteCount: count * columns * size)
                }
                offset += count * columns * size
            }
            dk_pack(storage.start, joined.start, outputs, columns, paired, type)
        }
        self.init(storage: storage, type: type, offset: 0)
    }
}

/// The tuple that C's fixed array of inputs looks like.
typealias KernelInputs = (dk_input, dk_input, dk_input, dk_input, dk_input)

/// Calls `body` with the parts of a joined input, at most five of them (ESRGAN's dense blocks).
func withKernelInputs<Result>(_ parts: [Tensor], _ body: (KernelInputs, Int) -> Result) -> Result {
    precondition((1...Int(DK_MAX_INPUTS)).contains(parts.count), "\(parts.count) joined inputs")
    var inputs = [dk_input](repeating: dk_input(data: nil, channels: 0), count: Int(DK_MAX_INPUTS))
    for (index, part) in parts.enumerated() {
        part.withFloats { inputs[index] = dk_input(data: $0.baseAddress, channels: part.shape.last ?? 1) }
    }
    return withExtendedLifetime(parts) { body((inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]), parts.count) }
}

extension Tensor {
    /// Calls `body` with the elements of an optional tensor, NULL when there is none.
    static func withFloats<Result>(of tensor: Tensor?, _ body: (UnsafePointer<Float>?) -> Result) -> Result {
        guard let tensor else { return body(nil) }
        return tensor.withFloats { body($0.baseAddress) }
    }
}

extension Activation {
    var kernel: dk_activation {
        switch self {
        case .none: DK_LINEAR
        case .silu: DK_SILU
        case .gelu: DK_GELU
        case .quickGELU: DK_QUICK_GELU
        case .relu: DK_RELU
        case .leakyReLU: DK_LEAKY_RELU
        }
    }
}
