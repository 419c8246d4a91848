import Tensors

/// How the elements of a tensor in a GGUF file are stored: plainly, or in blocks that share a scale. Source: ggml.
enum GGUFType: UInt32, CaseIterable {
    case float32 = 0, float16 = 1, bfloat16 = 30
    /// 32 elements a block: 4, 5 or 8 bits each, a scale, and in the `_1` kinds a lowest value.
    case q4_0 = 2, q4_1 = 3, q5_0 = 6, q5_1 = 7, q8_0 = 8
    /// 256 elements a block in eight (six bits: sixteen) groups, whose own scales are quantised, too.
    case q4_K = 12, q5_K = 13, q6_K = 14

    /// The plain type; `nil` for blocks.
    var dtype: DType? {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        default: nil
        }
    }

    /// Elements of a block and the bytes that it takes.
    var block: (elements: Int, bytes: Int) {
        switch self {
        case .float32: (1, 4)
        case .float16, .bfloat16: (1, 2)
        case .q4_0: (32, 18)
        case .q4_1: (32, 20)
        case .q5_0: (32, 22)
        case .q5_1: (32, 24)
        case .q8_0: (32, 34)
        case .q4_K: (256, 144)
        case .q5_K: (256, 176)
        case .q6_K: (256, 210)
        }
    }

    /// What people call a type, for messages.
    static func name(of number: UInt32) -> String {
        let known: [UInt32: String] = [
            9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL",
            21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 34: "TQ1_0",
            35: "TQ2_0", 39: "MXFP4",
        ]
        return known[number] ?? "number \(number)"
    }

    /// Blocks as numbers.
    ///
    /// - Parameters:
    ///   - blocks: whole blocks of this type.
    ///   - out: as many elements as the blocks have.
    func unpack(_ blocks: UnsafeRawBufferPointer, into out: UnsafeMutableBufferPointer<Float>) {
        let (elements, bytes) = block
        guard let source = blocks.baseAddress, let target = out.baseAddress else { return }
        for index in 0..<min(blocks.count / bytes, out.count / elements) {
            let b = GGUFBlock(start: source + index * bytes)
            let y = target + index * elements
            switch self {
            case .q4_0: b.fourBits(y, scale: b.half(0), lowest: -8 * b.half(0), from: 2)
            case .q4_1: b.fourBits(y, scale: b.half(0), lowest: b.half(2), from: 4)
            case .q5_0: b.fiveBits(y, scale: b.half(0), lowest: -16 * b.half(0), high: 2, from: 6)
            case .q5_1: b.fiveBits(y, scale: b.half(0), lowest: b.half(2), high: 4, from: 8)
            case .q8_0: b.eightBits(y)
            case .q4_K: b.grouped(y, high: nil, from: 16)
            case .q5_K: b.grouped(y, high: 16, from: 48)
            case .q6_K: b.sixBits(y)
            case .float32, .float16, .bfloat16: return
            }
        }
    }
}

/// One block of quantised numbers. All offsets are in bytes from its start, and lie inside it by `GGUFType.block`.
private struct GGUFBlock {
    let start: UnsafeRawPointer

    @inline(__always)
    func byte(_ offset: Int) -> Int { Int(start.load(fromByteOffset: offset, as: UInt8.self)) }

    @inline(__always)
    func signed(_ offset: Int) -> Float { Float(start.load(fromByteOffset: offset, as: Int8.self)) }

    @inline(__always)
    func half(_ offset: Int) -> Float { Float(float16Bits: UInt16(byte(offset) | byte(offset + 1) << 8)) }

    /// 16 bytes: low halves are the first 16 elements, high ones the others.
    @inline(__always)
    func fourBits(_ y: UnsafeMutablePointer<Float>, scale: Float, lowest: Float, from offset: Int) {
        for index in 0..<16 {
            let pair = byte(offset + index)
            y[index] = Float(pair & 15) * scale + lowest
            y[index + 16] = Float(pair >> 4) * scale + lowest
        }
    }

    /// The same with a fifth bit each, in 32 bits in the order of elements.
    @inline(__always)
    func fiveBits(_ y: UnsafeMutablePointer<Float>, scale: Float, lowest: Float, high: Int, from offset: Int) {
        for index in 0..<16 {
            let pair = byte(offset + index)
            let first = byte(high + index / 8) >> (index % 8) & 1
            let second = byte(high + 2 + index / 8) >> (index % 8) & 1
            y[index] = Float(pair & 15 | first << 4) * scale + lowest
            y[index + 16] = Float(pair >> 4 | second << 4) * scale + lowest
        }
    }

    @inline(__always)
    func eightBits(_ y: UnsafeMutablePointer<Float>) {
        let scale = half(0)
        for index in 0..<32 { y[index] = signed(2 + index) * scale }
    }

    /// Scale and offset of one of eight groups: six bits each, packed into twelve bytes from byte 4 on.
    @inline(__always)
    private func group(_ index: Int) -> (scale: Int, lowest: Int) {
        if index < 4 { return (byte(4 + index) & 63, byte(8 + index) & 63) }
        return (
            byte(8 + index) & 15 | (byte(index) >> 6) << 4,
            byte(8 + index) >> 4 | (byte(4 + index) >> 6) << 4
        )
    }

    /// Four bits an element, or five where there are high bits: 32 bytes hold two groups.
    @inline(__always)
    func grouped(_ y: UnsafeMutablePointer<Float>, high: Int?, from offset: Int) {
        let (scale, lowest) = (half(0), half(2))
        for index in 0..<8 {
            let group = group(index)
            let (factor, minus) = (scale * Float(group.scale), lowest * Float(group.lowest))
            let shift = index % 2 * 4
            for element in 0..<32 {
                var value = byte(offset + index / 2 * 32 + element) >> shift & 15
                if let high { value |= (byte(high + element) >> index & 1) << 4 }
                y[index * 32 + element] = factor * Float(value) - minus
            }
        }
    }

    /// Six bits an element: four in the first 128 bytes, two in the next 64; sixteen signed scales, then the scale of them all.
    @inline(__always)
    func sixBits(_ y: UnsafeMutablePointer<Float>) {
        let scale = half(208)
        for half in 0..<2 {
            for quarter in 0..<4 {
                for element in 0..<32 {
                    let low = byte(half * 64 + quarter % 2 * 32 + element) >> (quarter / 2 * 4) & 15
                    let high = byte(128 + half * 32 + element) >> (quarter * 2) & 3
                    let factor = scale * signed(192 + half * 8 + quarter * 2 + element / 16)
                    y[half * 128 + quarter * 32 + element] = factor * Float((low | high << 4) - 32)
                }
            }
        }
    }
}
