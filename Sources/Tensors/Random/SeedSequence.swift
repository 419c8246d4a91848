/// NumPy's `SeedSequence`: hashes a seed, and a path to a descendant, into independent 32-bit seeds.
///
/// Source: O'Neill 2015, "Developing a seed_seq alternative"; NumPy's `bit_generator.pyx`.
public struct SeedSequence: Sendable {
    private var pool: [UInt32]

    /// - Parameters:
    ///   - entropy: the seed, all 64 bits of it.
    ///   - spawnKey: the path of a descendant, empty for the root.
    ///   - poolSize: words of state, at least 4.
    public init(entropy: UInt64, spawnKey: [UInt64] = [], poolSize: Int = 4) {
        var words = Self.words(entropy)
        if !spawnKey.isEmpty {
            // The pool is filled up, so that seed and key can't run into one another.
            while words.count < poolSize { words.append(0) }
            for number in spawnKey { words += Self.words(number) }
        }
        var constant: UInt32 = 0x43b0_d7e5
        func hash(_ value: UInt32) -> UInt32 {
            var value = value ^ constant
            constant = constant &* 0x931e_8875
            value = value &* constant
            return value ^ value >> 16
        }
        func mix(_ x: UInt32, _ y: UInt32) -> UInt32 {
            let z = x &* 0xca01_f9dd &- y &* 0x4973_f715
            return z ^ z >> 16
        }
        pool = (0..<poolSize).map { hash($0 < words.count ? words[$0] : 0) }
        for source in 0..<poolSize {
            for target in 0..<poolSize where target != source { pool[target] = mix(pool[target], hash(pool[source])) }
        }
        for word in words.dropFirst(poolSize) {
            for target in 0..<poolSize { pool[target] = mix(pool[target], hash(word)) }
        }
    }

    /// The first `count` seeds.
    public func state(_ count: Int) -> [UInt32] {
        var constant: UInt32 = 0x8b51_f9dd
        return (0..<count).map { index in
            var value = pool[index % pool.count] ^ constant
            constant = constant &* 0x58f3_8ded
            value = value &* constant
            return value ^ value >> 16
        }
    }

    /// 32-bit words of a number, low one first, at least one.
    private static func words(_ number: UInt64) -> [UInt32] {
        let high = UInt32(truncatingIfNeeded: number >> 32)
        let low = UInt32(truncatingIfNeeded: number)
        return high == 0 ? [low] : [low, high]
    }
}
