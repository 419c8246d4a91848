extension Tensor {
    /// The numbers of a `float32` tensor rounded to another floating type (nearest, ties to even), as files store them.
    ///
    /// - Parameter type: `float32`, `float16`, `bfloat16` or `float64`.
    public func rounded(to type: DType) -> Tensor {
        if type == dtype { return self }
        func converted<Raw: BitwiseCopyable>(_ number: (Float) -> Raw) -> Tensor {
            withFloats { x in
                let size = MemoryLayout<Raw>.size
                let bytes = [UInt8](unsafeUninitializedCapacity: x.count * size) { out, count in
                    for index in 0..<x.count {
                        UnsafeMutableRawPointer(out.baseAddress.unsafelyUnwrapped + index * size)
                            .storeBytes(of: number(x[index]), as: Raw.self)
                    }
                    count = x.count * size
                }
                return Tensor(bytes: bytes, shape: shape, dtype: type)
            }
        }
        switch type {
        case .float16: return converted(\.float16Bits)
        case .bfloat16: return converted(\.bfloat16Bits)
        case .float64: return converted { Double($0) }
        default: preconditionFailure("float32 isn't rounded to \(type)")
        }
    }
}

extension Float {
    /// IEEE 754 binary16, rounded to the nearest, ties to even; too large numbers become infinite.
    public var float16Bits: UInt16 {
        let sign = UInt16(truncatingIfNeeded: bitPattern &>> 16) & 0x8000
        let magnitude = bitPattern & 0x7FFF_FFFF
        if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
        if magnitude < 0x3880_0000 {
            // Below 2^-14: adding 0.5 leaves the subnormal's bits, rounded, at the end of the fraction.
            return sign | UInt16(truncatingIfNeeded: (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3F00_0000)
        }
        let rounded = magnitude &+ 0xFFF &+ (magnitude &>> 13 & 1)
        return sign | UInt16(truncatingIfNeeded: min((rounded &- 0x3800_0000) &>> 13, 0x7C00))
    }

    /// The upper half of the number, rounded to the nearest, ties to even.
    public var bfloat16Bits: UInt16 {
        if isNaN { return UInt16(truncatingIfNeeded: bitPattern &>> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bitPattern &+ 0x7FFF &+ (bitPattern &>> 16 & 1)) &>> 16)
    }
}
