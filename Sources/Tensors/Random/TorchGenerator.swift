import Glibc

/// Random numbers in the order and the rounding of PyTorch's CPU generator.
///
/// A value: copying it forks the stream. Where something is drawn is part of an algorithm's contract, so whoever
/// draws takes the generator as a parameter.
public struct TorchGenerator: Sendable {
    private var twister: MersenneTwister
    /// The second number of the last scalar Box-Muller pair. Block draws neither use nor clear it.
    private var spare: Double?

    /// - Parameter seed: only the low 32 bits count.
    public init(seed: UInt64) { twister = MersenneTwister(seed: seed) }

    /// Uniform in [0, 1), 24 bits.
    public mutating func uniform() -> Float { Self.uniform(twister.next()) }

    /// Uniform in [0, 1), 53 bits from two words, the high one first.
    public mutating func uniformDouble() -> Double {
        let bits = UInt64(twister.next()) << 32 | UInt64(twister.next())
        return Double(bits & (1 << 53 - 1)) * 0x1p-53
    }

    /// An integer in 0 ..< bound: one word modulo the bound, slightly uneven as PyTorch's is.
    public mutating func integer(below bound: UInt32) -> UInt32 { twister.next() % bound }

    /// Standard normal numbers of a shape: `torch.randn`.
    ///
    /// From 16 numbers on they come in blocks of 16 from float32 uniforms, below that one by one in double precision.
    /// A count that isn't a multiple of 16 draws its last 16 numbers again, over numbers that were final already.
    public mutating func normal(_ shape: [Int]) -> Tensor {
        Tensor(shape: shape) { out in
            guard out.count >= 16 else {
                for index in 0..<out.count { out[index] = Float(scalarNormal()) }
                return
            }
            twister.fill(out, Self.uniform)
            for start in stride(from: 0, through: out.count - 16, by: 16) {
                Self.normalBlock(UnsafeMutableBufferPointer(rebasing: out[start..<start + 16]))
            }
            if out.count % 16 != 0 {
                let tail = UnsafeMutableBufferPointer(rebasing: out[(out.count - 16)...])
                twister.fill(tail, Self.uniform)
                Self.normalBlock(tail)
            }
        }
    }

    /// A standard normal number by Box and Muller's method, in double precision; every second one is the pair's
    /// spare.
    private mutating func scalarNormal() -> Double {
        if let kept = spare {
            spare = nil
            return kept
        }
        let u1 = uniformDouble()
        let u2 = uniformDouble()
        let radius = (-2 * log1p(-u2)).squareRoot()
        spare = radius * sin(2 * .pi * u1)
        return radius * cos(2 * .pi * u1)
    }

    @inline(__always)
    private static func uniform(_ word: UInt32) -> Float { Float(word & 0xFF_FFFF) * 0x1p-24 }

    /// Eight pairs of uniforms, `d[j]` with `d[j + 8]`, become eight pairs of normals in place, all in float32.
    @inline(__always)
    private static func normalBlock(_ d: UnsafeMutableBufferPointer<Float>) {
        for j in 0..<8 {
            let radius = (-2 * logf(1 - d[j])).squareRoot()
            let angle = 6.283_185_307_179_586_477 as Float * d[j + 8]
            d[j] = radius * cosf(angle)
            d[j + 8] = radius * sinf(angle)
        }
    }

    /// The state as words, for storing: the twister's 625, then the spare number's two, or none.
    public var words: [UInt32] {
        guard let spare else { return twister.words }
        let bits = spare.bitPattern
        return twister.words + [UInt32(truncatingIfNeeded: bits >> 32), UInt32(truncatingIfNeeded: bits)]
    }

    /// Goes on where `words` was taken; `nil` when these can't be a state.
    public init?(words: [UInt32]) {
        guard words.count == 625 || words.count == 627, let twister = MersenneTwister(words: Array(words.prefix(625)))
        else { return nil }
        self.twister = twister
        if words.count == 627 { spare = Double(bitPattern: UInt64(words[625]) << 32 | UInt64(words[626])) }
    }
}
