extension Digest {
    /// The first of the 32 bytes.
    public var firstByte: UInt8 { UInt8(words.0 >> 56) }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            write(to: UnsafeMutableRawBufferPointer(buffer))
            count = 32
        }
    }

    /// A digest from its 32 bytes; `nil` for any other number of them.
    public init?(bytes: [UInt8]) { self.init(bytes: bytes[...]) }

    public init?(bytes: ArraySlice<UInt8>) {
        guard let digest = bytes.withUnsafeBytes({ Digest(bytes: $0) }) else { return nil }
        self = digest
    }

    public init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 32 else { return nil }
        func word(_ offset: Int) -> UInt64 { UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
        self.init(words: (word(0), word(8), word(16), word(24)))
    }

    private func write(to buffer: UnsafeMutableRawBufferPointer) {
        var offset = 0
        for word in [words.0, words.1, words.2, words.3] {
            buffer.storeBytes(of: word.bigEndian, toByteOffset: offset, as: UInt64.self)
            offset += 8
        }
    }
}
