import CPictureCodecs
import Glibc

/// A PNG file that breaks off behind its last pixel, made whole: as programs that people use read it.
///
/// What was cut may be the end mark, a text behind the pixels, or the last bytes of the pixel data that only check it. Where pixels are
/// missing there is nothing to mend.
enum PNGRepair {
    /// - Parameter bytes: of a file without an end mark.
    /// - Returns: a whole file of the same pixels.
    /// - Throws: `.truncated` when pixels are missing.
    static func whole(_ bytes: [UInt8], name: String, limits: PictureLimits) throws(PictureError) -> [UInt8] {
        let wholeCount = bytes.withUnsafeBufferPointer { PNGChunks.wholePart(of: $0).count }
        func truncated() -> PictureError {
            PictureError(PC_TRUNCATED, message: pc_message(), offset: wholeCount, file: name, kind: "PNG")
        }
        var chunks: [PNGChunks.Chunk] = []
        var pixels: [UInt8] = []
        var position = PNGChunks.signature.count
        while bytes.count - position >= 8 {
            let start = position + 8
            let count = bytes[position..<position + 4].bigEndianInteger
            let kind = String(decoding: bytes[position + 4..<position + 8], as: UTF8.self)
            let end = min(start + count, bytes.count)
            let isWhole = end - start == count && bytes.count - end >= 4
            if kind == "IDAT" {
                pixels += bytes[start..<end]
            } else if isWhole {
                chunks.append(PNGChunks.Chunk(name: kind, content: bytes[start..<end]))
            }
            guard isWhole else { break }
            position = end + 4
        }
        guard let header = chunks.first, header.name == "IHDR", header.content.count == 13, !pixels.isEmpty else { throw truncated() }
        let expected = try rawCount(header.content, name: name, limits: limits)
        // Deflate packs at most 1032 to 1: fewer bytes can't hold this picture, so it needn't be given memory.
        guard expected / 1032 <= pixels.count else { throw truncated() }
        var packed: UnsafeMutablePointer<UInt8>?
        var packedCount = 0
        let status = pc_png_repack(pixels, pixels.count, expected, &packed, &packedCount)
        guard status == PC_OK, let packed else {
            throw status == PC_TRUNCATED
                ? truncated() : PictureError(status, message: pc_message(), offset: position, file: name, kind: "PNG")
        }
        defer { free(packed) }
        // Chunks that stood behind the pixels are fine before them, too: texts and the like.
        chunks.append(PNGChunks.Chunk(name: "IDAT", content: Array(UnsafeBufferPointer(start: packed, count: packedCount))[...]))
        chunks.append(PNGChunks.Chunk(name: "IEND", content: []))
        return try PNGChunks.assemble(chunks.filter { !["acTL", "fcTL", "fdAT"].contains($0.name) }, name: name)
    }

    /// Bytes of all rows as they are filtered, before they are packed: those of the seven passes of an interlaced picture, too.
    private static func rawCount(_ header: ArraySlice<UInt8>, name: String, limits: PictureLimits) throws(PictureError) -> Int {
        let content = Array(header)
        let (width, height) = (content[0..<4].bigEndianInteger, content[4..<8].bigEndianInteger)
        try limits.check(width: width, height: height, in: name)
        let channels = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][Int(content[9])] ?? 4
        let bits = channels * Int(content[8])
        func bytes(_ width: Int, _ height: Int) -> Int { width == 0 ? 0 : (1 + (width * bits + 7) / 8) * height }
        guard content[12] == 1 else { return bytes(width, height) }
        // Adam7: where each pass begins and how far its pixels lie apart.
        return [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)].reduce(0) { sum, pass in
            let (x, y, dx, dy) = pass
            return sum + bytes((width - x + dx - 1) / dx, max(0, (height - y + dy - 1) / dy))
        }
    }
}
