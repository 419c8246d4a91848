import Foundation
public import Tensors

/// One tensor of a recipe: `[name, type, shape, mean, scale]`.
public struct TensorRecipe: Sendable, Decodable {
    public var name: String
    public var dtype: DType
    public var shape: [Int]
    public var mean: Double
    public var scale: Double

    public init(name: String, dtype: DType = .float32, shape: [Int], mean: Double = 0, scale: Double = 1) {
        (self.name, self.dtype, self.shape, self.mean, self.scale) = (name, dtype, shape, mean, scale)
    }

    public init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        name = try list.decode(String.self)
        let type = try list.decode(String.self)
        guard let dtype = ["F32": DType.float32, "F16": .float16, "BF16": .bfloat16, "I64": .int64][type] else {
            throw DecodingError.dataCorruptedError(in: list, debugDescription: "recipes have no type \(type)")
        }
        self.dtype = dtype
        shape = try list.decode([Int].self)
        mean = try list.decode(Double.self)
        scale = try list.decode(Double.self)
    }

    /// The tensor, in memory: inputs of tests that needn't be stored.
    public func tensor(salt: String) throws -> Tensor {
        var bytes: [UInt8] = []
        try values(salt: salt) { bytes += $0 }
        return Tensor(bytes: bytes, shape: shape, dtype: dtype)
    }

    /// The tensor's bytes, in pieces of at most a million elements.
    ///
    /// The seed is FNV-1a-64 of salt and name. Value i is the top 24 bits of splitmix64(seed + i + 1 steps), shifted to be
    /// symmetric, times scale · 2⁻²³, plus mean: each a single float32 rounding; then rounded to the type. An I64 tensor counts.
    func values(salt: String, write: (UnsafeRawBufferPointer) throws -> Void) throws {
        let count = shape.reduce(1, *)
        let piece = 1 << 20
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(count, piece) * dtype.size, alignment: 64)
        defer { buffer.deallocate() }
        let seed = fnv1a64(salt + name)
        let factor = Float(scale * 0x1p-23)
        let offset = Float(mean)
        for start in stride(from: 0, to: count, by: piece) {
            let length = min(piece, count - start)
            switch dtype {
            case .int64:
                let out = buffer.bindMemory(to: Int64.self)
                for index in 0..<length { out[index] = Int64(start + index) }
            case .float16:
                let out = buffer.bindMemory(to: UInt16.self)
                for index in 0..<length { out[index] = value(seed, start + index, factor, offset).float16Bits }
            case .bfloat16:
                let out = buffer.bindMemory(to: UInt16.self)
                for index in 0..<length { out[index] = value(seed, start + index, factor, offset).bfloat16Bits }
            default:
                let out = buffer.bindMemory(to: Float.self)
                for index in 0..<length { out[index] = value(seed, start + index, factor, offset) }
            }
            try write(UnsafeRawBufferPointer(rebasing: buffer[..<(length * dtype.size)]))
        }
    }
}

private func fnv1a64(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

@inline(__always)
private func value(_ seed: UInt64, _ index: Int, _ factor: Float, _ offset: Float) -> Float {
    var z = seed &+ (UInt64(truncatingIfNeeded: index) &+ 1) &* 0x9E37_79B9_7F4A_7C15
    z ^= z &>> 30
    z = z &* 0xBF58_476D_1CE4_E5B9
    z ^= z &>> 27
    z = z &* 0x94D0_49BB_1331_11EB
    z ^= z &>> 31
    // 24 bits are exact in float32.
    let x = Float(Int32(truncatingIfNeeded: z &>> 40)) - 8_388_608
    return x * factor + offset
}
