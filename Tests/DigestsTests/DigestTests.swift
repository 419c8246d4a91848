import Digests
import Testing

@Suite("Digests") struct DigestTests {
    @Test(
        "the digests of NIST's examples are SHA-256's",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func known(text: String, digits: String) {
        #expect(Digest.of(text).description == digits)
        #expect(Digest(hex: digits) == Digest.of(text))
    }

    @Test("pieces give the digest of the whole, wherever it is cut")
    func pieces() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 7) }
        for cut in [0, 1, 63, 64, 65, 299, 300] {
            var builder = DigestBuilder()
            builder.update(bytes: Array(bytes[..<cut]))
            builder.update(bytes: Array(bytes[cut...]))
            #expect(builder.finish() == Digest.of(bytes))
        }
    }

    @Test("neighbouring fields don't run into one another, and no two kinds of value are the same")
    func fields() {
        func digest(_ feed: (inout DigestBuilder) -> Void) -> Digest {
            var builder = DigestBuilder()
            feed(&builder)
            return builder.finish()
        }
        let some = Digest.of("x")
        let all: [Digest] = [
            digest {
                $0.add("ab")
                $0.add("c")
            },
            digest {
                $0.add("a")
                $0.add("bc")
            }, digest { $0.add("abc") }, digest { $0.add(1) }, digest { $0.add(UInt64(1)) }, digest { $0.add(true) },
            digest { $0.add(1.0) }, digest { $0.add(Float(1)) }, digest { $0.add(0.0) }, digest { $0.add(-0.0) }, digest { $0.addNone() },
            digest { $0.add("") }, digest { _ in }, digest { $0.add(some) }, digest { $0.update(bytes: some.bytes) },
            digest { builder in "abc".utf8.withContiguousStorageIfAvailable { builder.add(bytes: UnsafeRawBufferPointer($0)) } },
        ]
        #expect(Set(all).count == all.count)
        // Longer than a register each: the length is written, too.
        #expect(digest { $0.add(String(repeating: "a", count: 1000)) } != digest { $0.add(String(repeating: "a", count: 1001)) })
    }

    @Test("a digest is read from 32 bytes and 64 digits, and from nothing else")
    func reading() {
        let digest = Digest.of("abc")
        #expect(Digest(bytes: digest.bytes) == digest)
        #expect(digest.firstByte == 0xBA && digest.bytes.count == 32)
        for bytes in [[], Array(digest.bytes.dropLast()), digest.bytes + [0]] { #expect(Digest(bytes: bytes) == nil) }
        let digits = digest.description
        #expect(Digest(hex: digits.dropLast()) == nil)
        #expect(Digest(hex: digits + "0") == nil)
        #expect(Digest(hex: digits.uppercased()) == nil)
        #expect(Digest(hex: "g" + digits.dropFirst()) == nil)
    }

    @Test("digests are ordered as their digits are")
    func order() {
        let digests = (0..<200).map { Digest.of("\($0)") }
        #expect(digests.sorted().map(\.description) == digests.map(\.description).sorted())
    }
}
