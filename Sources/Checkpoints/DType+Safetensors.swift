internal import Formats
internal import Tensors

extension DType {
    /// As safetensors has it.
    var safetensors: SafetensorsType {
        switch self {
        case .float64: .float64
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .float8E4M3: .float8E4M3
        case .float8E5M2: .float8E5M2
        case .int64: .int64
        case .int32: .int32
        case .int16: .int16
        case .int8: .int8
        case .uint8: .uint8
        case .bool: .bool
        }
    }

    /// `nil` for types that no tensor here has.
    init?(_ type: SafetensorsType) {
        switch type {
        case .float64: self = .float64
        case .float32: self = .float32
        case .float16: self = .float16
        case .bfloat16: self = .bfloat16
        case .float8E4M3: self = .float8E4M3
        case .float8E5M2: self = .float8E5M2
        case .int64: self = .int64
        case .int32: self = .int32
        case .int16: self = .int16
        case .int8: self = .int8
        case .uint8: self = .uint8
        case .bool: self = .bool
        case .float8E8M0, .uint16, .uint32, .uint64, .complex64: return nil
        }
    }

    /// Bytes of a tensor of that shape; `nil` when the number, or that of a stride, doesn't fit.
    func checkedByteCount(shape: [Int]) -> Int? { safetensors.byteCount(of: shape) }
}
