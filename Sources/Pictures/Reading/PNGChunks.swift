import CPictureCodecs
import Glibc

/// The outer form of a PNG file: named chunks one after the other. What is in them is libpng's business.
struct PNGChunks {
    struct Chunk {
        /// Four letters.
        var name: String
        var content: ArraySlice<UInt8>
    }

    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// The chunks up to the end mark; `nil` when the file isn't whole. Checksums aren't looked at.
    static func list(_ bytes: [UInt8]) -> [Chunk]? {
        guard bytes.starts(with: signature) else { return nil }
        var chunks: [Chunk] = []
        var position = 8
        while bytes.count - position >= 12 {
            let count = bytes[position..<position + 4].bigEndianInteger
            let end = position + 8 + count
            guard end + 4 <= bytes.count else { return nil }
            let name = String(decoding: bytes[position + 4..<position + 8], as: UTF8.self)
            chunks.append(Chunk(name: name, content: bytes[position + 8..<end]))
            if name == "IEND" { return chunks }
            position = end + 4
        }
        return nil
    }

    /// How far the file consists of whole chunks: up to the end mark, or up to the chunk that claims more than there is.
    ///
    /// libpng takes a length at its word and asks for that much memory before it reads; so it is looked at before.
    static func wholePart(of bytes: UnsafeBufferPointer<UInt8>) -> (count: Int, hasEnd: Bool) {
        var position = min(8, bytes.count)
        while bytes.count - position >= 12 {
            let end = position + 12 + bytes[position..<position + 4].bigEndianInteger
            guard end <= bytes.count else { break }
            let isEnd = bytes[position + 4..<position + 8].elementsEqual("IEND".utf8)
            position = end
            if isEnd { return (position, true) }
        }
        return (position, false)
    }

    /// A PNG file of chunks.
    ///
    /// - Throws: `.outOfMemory`.
    static func assemble(_ chunks: [Chunk], name: String) throws(PictureError) -> [UInt8] {
        // One buffer behind all of them, so that its pointers are valid together.
        let all = chunks.flatMap(\.content)
        var output: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = all.withUnsafeBufferPointer { buffer in
            var start = 0
            let list = chunks.map { chunk in
                defer { start += chunk.content.count }
                let letters = Array(chunk.name.utf8.prefix(4)).map { CChar(bitPattern: $0) }
                return pc_png_chunk(
                    name: (letters[0], letters[1], letters[2], letters[3]), content: buffer.baseAddress.map { $0 + start },
                    count: chunk.content.count)
            }
            return pc_png_assemble(list, list.count, &output, &count)
        }
        guard status == PC_OK, let output else {
            throw PictureError(code: .outOfMemory, file: name, reason: "no memory for a PNG picture")
        }
        defer { free(output) }
        return Array(UnsafeBufferPointer(start: output, count: count))
    }
}

extension Sequence<UInt8> {
    /// The bytes as one number, the first one counting most.
    var bigEndianInteger: Int { reduce(0) { $0 << 8 | Int($1) } }
    /// The bytes as one number, the last one counting most.
    var littleEndianInteger: Int { reversed().bigEndianInteger }
}

extension [UInt8] {
    mutating func append(bigEndian value: Int, bytes: Int) {
        for shift in stride(from: 8 * (bytes - 1), through: 0, by: -8) { append(UInt8(truncatingIfNeeded: value >> shift)) }
    }
}
