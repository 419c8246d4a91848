/// The types of number that the format has; `rawValue` is how headers spell them.
///
/// Types smaller than a byte (`F4`, `F6_E2M3`, `F6_E3M2`) aren't among them.
public enum SafetensorsType: String, Sendable, Hashable, CaseIterable {
    case bool = "BOOL"
    case uint8 = "U8"
    case int8 = "I8"
    case float8E4M3 = "F8_E4M3"
    case float8E5M2 = "F8_E5M2"
    case float8E8M0 = "F8_E8M0"
    case uint16 = "U16"
    case int16 = "I16"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case uint32 = "U32"
    case int32 = "I32"
    case float32 = "F32"
    case uint64 = "U64"
    case int64 = "I64"
    case float64 = "F64"
    case complex64 = "C64"

    /// Bytes of one number.
    public var size: Int {
        switch self {
        case .bool, .uint8, .int8, .float8E4M3, .float8E5M2, .float8E8M0: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64, .complex64: 8
        }
    }

    /// Bytes of an array of that shape; `nil` for a size below zero, and when the number doesn't fit.
    ///
    /// Empty sizes count as one before they count as zero: strides are products of the others, and must fit, too.
    public func byteCount(of shape: some Sequence<Int>) -> Int? {
        var total = size
        var isEmpty = false
        for length in shape {
            let (product, overflow) = total.multipliedReportingOverflow(by: max(length, 1))
            if overflow || length < 0 { return nil }
            if length == 0 { isEmpty = true }
            total = product
        }
        return isEmpty ? 0 : total
    }

    /// The type with that spelling; compares bytes, for headers have thousands of them.
    init?(_ spelling: UnsafeBufferPointer<UInt8>) {
        // The commonest first; `rawValue` knows the others.
        if spelling.elementsEqual("F16".utf8) {
            self = .float16
        } else if spelling.elementsEqual("F32".utf8) {
            self = .float32
        } else {
            self.init(rawValue: String(spelling))
        }
    }
}
