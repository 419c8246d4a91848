/// CLIP's 49,408 tokens and the merges that make them.
///
/// Ids: 256 bytes (in the order of `byteOrder`), the same 256 at the end of a word, then one a merge in file order, then the two
/// special tokens. Since a merge's id is 512 + its rank, a word is merged on ids alone: no strings after the tables are made.
/// Source: OpenAI's `bpe_simple_vocab_16e6` (Radford et al. 2021); byte-pair encoding: Sennrich et al. 2016.
package struct CLIPVocabulary: Sendable {
    static let startToken: Int32 = 49406
    package static let endToken: Int32 = 49407

    /// Made at first use, in a few milliseconds.
    static let shared = CLIPVocabulary(merges: EmbeddedVocabulary.files.first { "\($0.name)" == "clip-merges" }?.text ?? "")

    /// Token id of every byte inside a word; at a word's end it is 256 more.
    let byteTokens: [Int32]
    /// Merge of two tokens: key `left << 32 | right`, value the token it makes. Open addressing, a power of two long.
    private let pairs: [Pair]

    private struct Pair {
        var key: UInt64
        var token: Int32
    }

    private static let empty = UInt64.max
    private static let capacityBits = 17  // 131,072 places for 48,894 merges: 37 % full

    /// - Parameter merges: a comment line, then one merge a line: two parts with a space between, bytes written as in `byteOrder`.
    init(merges: StaticString) {
        var byteTokens = [Int32](repeating: 0, count: 256)
        for (token, byte) in Self.byteOrder.enumerated() { byteTokens[Int(byte)] = Int32(token) }
        self.byteTokens = byteTokens
        let text = UnsafeBufferPointer(start: merges.utf8Start, count: merges.utf8CodeUnitCount)
        pairs = Self.pairTable(of: text)
    }

    /// The token that two neighbours merge into, if any. Smaller tokens merge first.
    func merged(_ left: Int32, _ right: Int32) -> Int32? {
        let key = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
        var place = Self.place(of: key)
        return pairs.withUnsafeBufferPointer { pairs in
            while pairs[place].key != key {
                if pairs[place].key == Self.empty { return nil }
                place = (place + 1) & (pairs.count - 1)
            }
            return pairs[place].token
        }
    }

    /// Bytes in the order of their tokens: printable ones first, as in the published vocabulary.
    static let byteOrder: [UInt8] = {
        let printable = Array(33...126) + Array(161...172) + Array(174...255)
        let others = (0...255).filter { !printable.contains($0) }
        return (printable + others).map(UInt8.init)
    }()

    private static func place(of key: UInt64) -> Int { Int((key &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - capacityBits)) }

    /// Reads the merges once, front to back. A part of a merge is always a byte or an earlier merge, so its id is known.
    private static func pairTable(of text: UnsafeBufferPointer<UInt8>) -> [Pair] {
        var names = TokenNames(text: text, expecting: 512 + 49_000)
        var token: Int32 = 0
        for suffix in [[], Array("</w>".utf8)] {
            for scalar in printedBytes { names.insertBase(Array(String(Character(scalar)).utf8) + suffix, token: token); token += 1 }
        }
        var pairs = [Pair](repeating: Pair(key: empty, token: 0), count: 1 << capacityBits)
        pairs.withUnsafeMutableBufferPointer { pairs in
            var start = (text.firstIndex(of: newline) ?? 0) + 1
            while start < text.count {
                var end = start, space = start
                while end < text.count, text[end] != newline {
                    if text[end] == blank { space = end }
                    end += 1
                }
                defer { start = end + 1 }
                guard space > start, let left = names.token(start..<space), let right = names.token(space + 1..<end) else { continue }
                names.insert(left: start..<space, right: space + 1..<end, token: token)
                let key = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
                var place = place(of: key)
                while pairs[place].key != empty { place = (place + 1) & (pairs.count - 1) }
                pairs[place] = Pair(key: key, token: token)
                token += 1
            }
        }
        return pairs
    }

    /// How the merges file writes each byte, in the order of `byteOrder`: itself where printable, else U+0100 onwards.
    private static let printedBytes: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return byteOrder.enumerated().map { index, byte in
            if index < 188 { return Unicode.Scalar(byte) }
            defer { next += 1 }
            return Unicode.Scalar(next) ?? "?"
        }
    }()

    private static let newline = UInt8(ascii: "\n")
    private static let blank = UInt8(ascii: " ")
}

/// Names of tokens while the merges are read: a hash table of pieces of the file's own text.
private struct TokenNames {
    private let text: UnsafeBufferPointer<UInt8>
    /// Texts of the 512 tokens that aren't in the file, end to end.
    private var base: [UInt8] = []
    private var entries: [Entry]

    /// A name is `left` followed by `right`, both inside the file; base tokens have an empty `right` and lie in `base`.
    private struct Entry {
        var hash: UInt32 = 0
        var leftStart: Int32 = 0
        var leftCount: Int16 = 0
        var rightCount: Int16 = 0
        var rightStart: Int32 = 0
        /// -1 marks a free place.
        var token: Int32 = -1
    }

    init(text: UnsafeBufferPointer<UInt8>, expecting count: Int) {
        self.text = text
        var size = 1024
        while size < count * 2 { size *= 2 }
        entries = [Entry](repeating: Entry(), count: size)
        base.reserveCapacity(4096)
    }

    mutating func insertBase(_ name: [UInt8], token: Int32) {
        let entry = Entry(
            hash: name.withUnsafeBufferPointer { Self.hash($0, 0..<name.count) }, leftStart: Int32(base.count),
            leftCount: Int16(name.count), rightCount: 0,
            rightStart: -1, token: token)
        base += name
        place(entry)
    }

    mutating func insert(left: Range<Int>, right: Range<Int>, token: Int32) {
        place(
            Entry(
                hash: Self.hash(text, right, after: Self.hash(text, left)), leftStart: Int32(left.lowerBound),
                leftCount: Int16(truncatingIfNeeded: left.count), rightCount: Int16(truncatingIfNeeded: right.count),
                rightStart: Int32(right.lowerBound), token: token))
    }

    private mutating func place(_ entry: Entry) {
        var index = Int(entry.hash) & (entries.count - 1)
        while entries[index].token >= 0 { index = (index + 1) & (entries.count - 1) }
        entries[index] = entry
    }

    /// The token of that name.
    func token(_ name: Range<Int>) -> Int32? {
        let hash = Self.hash(text, name)
        return entries.withUnsafeBufferPointer { entries in
            var index = Int(hash) & (entries.count - 1)
            while entries[index].token >= 0 {
                if entries[index].hash == hash, matches(entries[index], name) { return entries[index].token }
                index = (index + 1) & (entries.count - 1)
            }
            return nil
        }
    }

    private func matches(_ entry: Entry, _ name: Range<Int>) -> Bool {
        let leftCount = Int(entry.leftCount)
        guard leftCount + Int(entry.rightCount) == name.count else { return false }
        let start = Int(entry.leftStart)
        if entry.rightStart < 0 {
            for index in 0..<leftCount where base[start + index] != text[name.lowerBound + index] { return false }
            return true
        }
        for index in 0..<leftCount where text[start + index] != text[name.lowerBound + index] { return false }
        let (right, offset) = (Int(entry.rightStart), name.lowerBound + leftCount)
        for index in 0..<Int(entry.rightCount) where text[right + index] != text[offset + index] { return false }
        return true
    }

    /// FNV-1a.
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, after seed: UInt32 = 2_166_136_261) -> UInt32 {
        var hash = seed
        for index in range { hash = (hash ^ UInt32(bytes[index])) &* 16_777_619 }
        return hash
    }
}
