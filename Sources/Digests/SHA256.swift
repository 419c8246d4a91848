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
        var hasher = DigestBuilder()
        hasher.update(bytes: Array(bytes))
        return hasher.finish()
    }

    /// The digest of a text's UTF-8.
    public static func of(_ text: String) -> Digest { of(text.utf8) }

    /// 64 hexadecimal digits.
    public var description: String {
        var text = ""
        for word in [words.0, words.1, words.2, words.3] {
            let digits = String(word, radix: 16)
            text += String(repeating: "0", count: 16 - digits.count) + digits
        }
        return text
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

    public init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
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

    private mutating func tag(_ letter: Character, _ value: UInt64) {
        var header: (UInt8, UInt64) = (letter.asciiValue ?? 0, value.littleEndian)
        withUnsafeBytes(of: &header.0) { update($0) }
        withUnsafeBytes(of: &header.1) { update($0) }
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
    public mutating func add(_ digest: Digest) { add(digest.description) }

    /// Opaque content of any length.
    public mutating func add(bytes: UnsafeRawBufferPointer) {
        tag("x", UInt64(bytes.count))
        update(bytes)
    }

    /// An absent value, distinct from every present one.
    public mutating func addNone() { tag("n", 0) }

    public consuming func finish() -> Digest {
        var bytes = [UInt8](repeating: 0, count: 32)
        EVP_DigestFinal_ex(context, &bytes, nil)
        func word(_ start: Int) -> UInt64 { bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        return Digest(words: (word(0), word(8), word(16), word(24)))
    }
}
