internal import CTensorKernels

extension Tensor {
    /// Sum of all elements in order, carried in double precision.
    public var sum: Double { withFloats { $0.reduce(0.0) { $0 + Double($1) } } }
    public var mean: Double { count == 0 ? .nan : sum / Double(count) }
    public var minimum: Float { withFloats { $0.min() ?? .nan } }
    public var maximum: Float { withFloats { $0.max() ?? .nan } }
    public var maximumMagnitude: Float { withFloats { $0.reduce(0) { max($0, abs($1)) } } }

    /// Sum of squares of all elements, carried in double precision.
    public var squaredNorm: Double { withFloats { $0.reduce(0.0) { $0 + Double($1) * Double($1) } } }

    /// Whether every element is exactly zero.
    public var isZero: Bool { withFloats { $0.allSatisfy { $0 == 0 } } }

    /// Index and value of the first element that is NaN or infinite, in the order of storage. Whole numbers never are.
    ///
    /// Reads memory once, at its own speed.
    public var firstNotFinite: (index: Int, value: Float)? {
        guard let stored = dtype.stored else { return nil }
        let index = withBytes { dk_first_not_finite($0.baseAddress, stored, count) }
        guard index < count else { return nil }
        let element = Tensor(storage, byteOffset: byteOffset + index * dtype.size, shape: [1], dtype: dtype)
        return (index, element.float32().scalar)
    }

    /// Whether no element is NaN or infinite.
    public var isFinite: Bool { firstNotFinite == nil }

    /// Same shape, type and bits.
    public func hasSameBits(as other: Tensor) -> Bool {
        guard shape == other.shape, dtype == other.dtype else { return false }
        return withBytes { a in other.withBytes { b in a.elementsEqual(b) } }
    }
}

extension DType {
    /// What the kernel that looks for NaN calls it; `nil` for whole numbers.
    fileprivate var stored: dk_stored? {
        switch self {
        case .float64: DK_STORED_F64
        case .float32: DK_STORED_F32
        case .float16: DK_STORED_F16
        case .bfloat16: DK_STORED_BF16
        case .float8E4M3: DK_STORED_E4M3
        case .float8E5M2: DK_STORED_E5M2
        case .int64, .int32, .int16, .int8, .uint8, .bool: nil
        }
    }
}
