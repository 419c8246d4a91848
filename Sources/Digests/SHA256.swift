internal import CCrypto

/// A SHA-256 digest: 32 bytes.
public struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The 32 bytes, as four big-endian words.
    let words: (UInt64, UInt64, UInt64, UInt64)

    init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// Reads 64 hexadecimal digits; `nil` for anything else.
    public init?(hex: some StringProtocol) {
        let digits = Array(hex.utf8)
        guard digits.count == 64 else { return nil }
        var parts: [UInt64] = []
        for start in stride(from: 0, to: 64, by: 16) {
            var word: UInt64 = 0
            for digit in digits[start..<start + 16] {
                let value: UInt8
                switch digit {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
                case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
                default: return nil
                }
                word = word << 4 | UInt64(value)
            }
            parts.append(word)
        }
        words = (parts[0], parts[1], parts[2], parts[3])
    }

    /// The digest of some bytes.
    public static func of(_ bytes: some Sequence<UInt8>) -> Digest {
        Array(bytes).withUnsafeBytes { of($0) }
    }

    /// The digest of some bytes where they are.
    public static func of(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var hasher = DigestBuilder()
        hasher.update(bytes)
        return hasher.finish()
    }

    /// The digest of a text's UTF-8.
    public static func of(_ text: String) -> Digest { of(text.utf8) }

    /// 64 hexadecimal digits.
    public var description: String {
        String(unsafeUninitializedCapacity: 64) { buffer in
            writeDigits(to: UnsafeMutableRawBufferPointer(buffer))
            return 64
        }
    }

    func writeDigits(to buffer: UnsafeMutableRawBufferPointer) {
        var offset = 0
        func write(_ word: UInt64) {
            for shift in stride(from: 60, through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 15
                buffer[offset] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                offset += 1
            }
        }
        write(words.0)
        write(words.1)
        write(words.2)
        write(words.3)
    }

    public static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }
    public static func < (a: Digest, b: Digest) -> Bool { a.words < b.words }
    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// Makes a SHA-256 digest piece by piece.
///
/// The typed `add` methods write a tag and a length before the content, so that neighbouring fields can't run into one another:
/// `add("ab"); add("c")` differs from `add("a"); add("bc")`. `update(bytes:)` is the plain hash of a byte stream.
public struct DigestBuilder: ~Copyable {
    private let context: OpaquePointer

    /// Looked up once: doing it for every digest takes as long as a short digest does.
    nonisolated(unsafe) private static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

    public init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, Self.algorithm, nil) == 1 else {
            preconditionFailure("libcrypto has no SHA-256")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        EVP_DigestUpdate(context, start, bytes.count)
    }

    public mutating func update(bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    private mutating func tag(_ letter: Unicode.Scalar, _ value: UInt64) {
        // The letter in front of the eight bytes of the value, as one piece.
        var header = (UInt64(letter.value).littleEndian << 56, value.littleEndian)
        withUnsafeBytes(of: &header) { update(UnsafeRawBufferPointer(rebasing: $0[7...])) }
    }

    public mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            tag("s", UInt64(utf8.count))
            update(UnsafeRawBufferPointer(utf8))
        }
    }

    public mutating func add(_ value: Int) { tag("i", UInt64(bitPattern: Int64(value))) }
    public mutating func add(_ value: UInt64) { tag("u", value) }
    public mutating func add(_ value: Double) { tag("d", value.bitPattern) }
    public mutating func add(_ value: Float) { tag("f", UInt64(value.bitPattern)) }
    public mutating func add(_ value: Bool) { tag("b", value ? 1 : 0) }

    /// Another digest, as its 64 hexadecimal digits.
    public mutating func add(_ digest: Digest) {
        tag("s", 64)
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { digits in
            digest.writeDigits(to: digits)
            update(UnsafeRawBufferPointer(digits))
        }
    }

    /// Opaque content of any length.
    public mutating func add(bytes: UnsafeRawBufferPointer) {
        tag("x", UInt64(bytes.count))
        update(bytes)
    }

    /// An absent value, distinct from every present one.
    public mutating func addNone() { tag("n", 0) }

    public consuming func finish() -> Digest {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { bytes in
            _ = EVP_DigestFinal_ex(context, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), nil)
        }
        return Digest(words: (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian))
    }
}
