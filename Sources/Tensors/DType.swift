/// How the elements of a tensor are stored.
///
/// Arithmetic is done in `float32` alone; the other types are what checkpoints hold.
public enum DType: String, Sendable, Hashable, CaseIterable {
    case float32, float16, bfloat16, float64
    /// Eight-bit floats as checkpoints store them (OCP E4M3 without infinities, E5M2).
    case float8E4M3, float8E5M2
    case int64, int32, int16, int8, uint8, bool

    /// Bytes an element takes.
    public var size: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16, .int16: 2
        case .float8E4M3, .float8E5M2, .int8, .uint8, .bool: 1
        }
    }

    public var isFloatingPoint: Bool {
        switch self {
        case .float32, .float16, .bfloat16, .float64, .float8E4M3, .float8E5M2: true
        case .int64, .int32, .int16, .int8, .uint8, .bool: false
        }
    }
}
