/// Changes files at random: the same changes for the same seed.
struct Mutator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// Numbers that readers trip over.
    private static let edges: [UInt64] = [
        0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF,
        0x8000_0000_0000_0000, .max,
    ]

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }

    mutating func below(_ limit: Int) -> Int { limit <= 0 ? 0 : Int(next() >> 1) % limit }

    /// A copy with one to eight changes; now and then a piece of another file.
    mutating func mutated(_ original: [UInt8], with other: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0...below(8) {
            guard !bytes.isEmpty else { return other }
            let place = below(bytes.count)
            switch below(9) {
            case 0: bytes[place] ^= 1 << UInt8(below(8))
            case 1: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 2:
                let width = 1 << below(4)
                let value = Self.edges[below(Self.edges.count)]
                for index in 0..<width where place + index < bytes.count {
                    bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))
                }
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(32)))
            case 4: bytes.insert(contentsOf: (0...below(16)).map { _ in UInt8(truncatingIfNeeded: next()) }, at: place)
            case 5:
                let end = min(bytes.count, place + 1 + below(64))
                bytes.insert(contentsOf: bytes[place..<end], at: below(bytes.count))
            case 6: bytes.removeSubrange(place...)
            case 7:
                guard !other.isEmpty else { continue }
                let start = below(other.count)
                let piece = other[start..<min(other.count, start + 1 + below(128))]
                bytes.replaceSubrange(place..<min(bytes.count, place + piece.count), with: piece)
            default:
                // Digits in texts: lengths and offsets in headers.
                guard let digit = bytes[place...].firstIndex(where: { (0x30...0x39).contains($0) }) else { continue }
                bytes[digit] = 0x30 + UInt8(below(10))
            }
        }
        return bytes
    }
}
