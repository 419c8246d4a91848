internal import CTensorKernels

extension Tensor {
    /// The same numbers as `float32`. Free when they are already; every narrower type converts exactly.
    public func float32() -> Tensor {
        if dtype == .float32, (Int(bitPattern: storage.start) + byteOffset) % 4 == 0 { return self }
        return Tensor(shape: shape) { out in
            withBytes { bytes in
                /// One element at a time, loaded unaligned: tensors in files lie at any offset.
                func convert<Raw: BitwiseCopyable>(_ type: Raw.Type, _ number: (Raw) -> Float) {
                    for index in 0..<out.count {
                        out[index] = number(bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Raw>.size, as: type))
                    }
                }
                let isAligned = Int(bitPattern: bytes.baseAddress) % 2 == 0
                switch dtype {
                case .float16 where isAligned: dk_widen_run(out.baseAddress, bytes.baseAddress, DK_F16, out.count)
                case .bfloat16 where isAligned: dk_widen_run(out.baseAddress, bytes.baseAddress, DK_BF16, out.count)
                case .float32: convert(Float.self) { $0 }
                case .float16: convert(UInt16.self, Float.init(float16Bits:))
                case .bfloat16: convert(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
                case .float64: convert(Double.self) { Float($0) }
                case .float8E4M3: convert(UInt8.self, Float.init(e4m3Bits:))
                case .float8E5M2: convert(UInt8.self) { Float(float16Bits: UInt16($0) << 8) }
                case .int64: convert(Int64.self) { Float($0) }
                case .int32: convert(Int32.self) { Float($0) }
                case .int16: convert(Int16.self) { Float($0) }
                case .int8: convert(Int8.self) { Float($0) }
                case .uint8: convert(UInt8.self) { Float($0) }
                case .bool: convert(UInt8.self) { $0 == 0 ? 0 : 1 }
                }
            }
        }
    }
}

extension Float {
    /// IEEE 754 binary16, subnormals included.
    public init(float16Bits bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10) & 0x1F
        let fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0:
            // fraction * 2^-24, exact in float32.
            let magnitude = Float(fraction) * 0x1p-24
            self = sign == 0 ? magnitude : -magnitude
        case 31: self.init(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }

    /// OCP 8-bit E4M3 ("fn"): no infinities, S.1111.111 is the only NaN.
    init(e4m3Bits bits: UInt8) {
        let exponent = Int(bits >> 3) & 0xF
        let fraction = Float(bits & 7)
        let magnitude: Float =
            if exponent == 15 && bits & 7 == 7 {
                .nan
            } else if exponent == 0 {
                fraction * 0x1p-9
            } else {
                Float(sign: .plus, exponent: exponent - 7, significand: 1 + fraction / 8)
            }
        self = bits & 0x80 == 0 ? magnitude : -magnitude
    }
}
