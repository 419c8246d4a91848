/// The 32-bit Mersenne twister MT19937, the source of all random numbers here.
///
/// A value: copying it forks the stream, and its state can be stored and restored.
/// Source: Matsumoto & Nishimura 1998; seeded as their `init_genrand` of 2002 does.
public struct MersenneTwister: Sendable {
    private static let length = 624
    private static let shift = 397

    private var state: [UInt32]
    /// Numbers of the current block that were handed out.
    private var used: Int

    /// - Parameter seed: only the low 32 bits count, as in PyTorch's CPU generator.
    public init(seed: UInt64) {
        var words = [UInt32](repeating: 0, count: Self.length)
        words[0] = UInt32(truncatingIfNeeded: seed)
        for index in 1..<Self.length {
            let last = words[index - 1]
            words[index] = 1_812_433_253 &* (last ^ last >> 30) &+ UInt32(index)
        }
        state = words
        used = Self.length
    }

    /// The next 32 random bits.
    public mutating func next() -> UInt32 {
        if used == Self.length { renew() }
        let word = Self.tempered(state[used])
        used += 1
        return word
    }

    /// Fills a buffer with the numbers that as many calls of `next` would give, through `transform`.
    @inline(__always)
    mutating func fill(_ out: UnsafeMutableBufferPointer<Float>, _ transform: (UInt32) -> Float) {
        var index = 0
        while index < out.count {
            if used == Self.length { renew() }
            let count = min(Self.length - used, out.count - index)
            state.withUnsafeBufferPointer { words in
                for offset in 0..<count { out[index + offset] = transform(Self.tempered(words[used + offset])) }
            }
            used += count
            index += count
        }
    }

    @inline(__always)
    private static func tempered(_ word: UInt32) -> UInt32 {
        var y = word
        y ^= y >> 11
        y ^= y << 7 & 0x9D2C_5680
        y ^= y << 15 & 0xEFC6_0000
        return y ^ y >> 18
    }

    /// Computes the next block of 624 words.
    private mutating func renew() {
        state.withUnsafeMutableBufferPointer { words in
            @inline(__always) func twist(_ index: Int, _ following: Int, _ distant: Int) {
                let y = words[index] & 0x8000_0000 | words[following] & 0x7FFF_FFFF
                words[index] = words[distant] ^ y >> 1 ^ (y & 1 == 0 ? 0 : 0x9908_B0DF)
            }
            let (length, shift) = (Self.length, Self.shift)
            for index in 0..<length - shift { twist(index, index + 1, index + shift) }
            for index in length - shift..<length - 1 { twist(index, index + 1, index + shift - length) }
            twist(length - 1, 0, shift - 1)
        }
        used = 0
    }

    /// The state as 625 words, the last being the position.
    public var words: [UInt32] { state + [UInt32(used)] }

    /// Goes on where `words` was taken; `nil` when these can't be a state.
    public init?(words: [UInt32]) {
        guard words.count == Self.length + 1, let position = words.last, position <= Self.length else { return nil }
        state = Array(words.dropLast())
        used = Int(position)
    }
}
