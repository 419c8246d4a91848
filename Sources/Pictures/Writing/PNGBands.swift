internal import CPictureCodecs
internal import Glibc
internal import Synchronization

/// A large picture packed on all cores: in bands of rows, each by itself, joined to one stream.
///
/// Bands are cut by the picture's size alone, so the bytes are the same for any number of threads. Rows are filtered by libpng as it
/// filters them in a whole picture. A band begins without the last rows of the one before to refer to: a thousandth more bytes.
struct PNGBands {
    /// Bytes of a band. A picture that isn't larger is packed as a whole.
    private static let bandBytes = 4 << 20

    private let width: Int, height: Int, channels: Int, level: Int
    private let rows: Int

    /// `nil` for a picture of one band.
    init?(width: Int, height: Int, channels: Int, level: Int) {
        rows = max(1, Self.bandBytes / (width * channels))
        guard rows < height, level > 0 else { return nil }
        (self.width, self.height, self.channels, self.level) = (width, height, channels, level)
    }

    private struct Band {
        var bytes: [UInt8]
        var adler: UInt32
        var unpacked: Int
    }

    func encode(_ pixels: [UInt8], metadata: PictureMetadata, name: String) throws(PictureError) -> [UInt8] {
        let count = (height + rows - 1) / rows
        var data = header
        var adler: UInt32 = 1
        // What stands around the pixels is that of a picture of one pixel, but for its size.
        let frame = try PNGWriter.encode(
            bytes: [UInt8](repeating: 0, count: channels), width: 1, height: 1, channels: channels, metadata: metadata, level: level,
            name: name)
        var chunks: [PNGChunks.Chunk] = []
        var bands: [PNGChunks.Chunk] = []
        let packed = Mutex([Band?](repeating: nil, count: count))
        do {
            try ParallelEncoding.forEach(count) { index in
                let band = try pack(index, of: pixels, isLast: index == count - 1, name: name)
                packed.withLock { $0[index] = band }
                return []
            } done: { index, _ in
                guard let band = packed.withLock({ $0[index].take() }) else { return }
                adler = pc_png_join_checksums(adler, band.adler, band.unpacked)
                data += band.bytes
                if index == count - 1 { data.append(bigEndian: Int(adler), bytes: 4) }
                bands.append(PNGChunks.Chunk(name: "IDAT", content: data[...]))
                data = []
            }
        } catch let error as PictureError {
            throw error
        } catch {
            throw .interrupted(name)
        }
        for chunk in PNGChunks.list(frame) ?? [] {
            switch chunk.name {
            case "IHDR":
                var size: [UInt8] = []
                size.append(bigEndian: width, bytes: 4)
                size.append(bigEndian: height, bytes: 4)
                chunks.append(PNGChunks.Chunk(name: "IHDR", content: (size + chunk.content.dropFirst(8))[...]))
            case "IDAT": chunks += bands
            default: chunks.append(chunk)
            }
        }
        return try PNGChunks.assemble(chunks, name: name)
    }

    /// zlib's two bytes: deflate with a window of 32 KiB, and how hard it tried (RFC 1950).
    private var header: [UInt8] {
        let effort = level < 2 ? 0 : level < 6 ? 1 : level == 6 ? 2 : 3
        let word = 0x7800 | effort << 6
        return [UInt8(word >> 8), UInt8(truncatingIfNeeded: word + 31 - word % 31)]
    }

    private func pack(_ index: Int, of pixels: [UInt8], isLast: Bool, name: String) throws(PictureError) -> Band {
        let rowBytes = width * channels
        let first = index * rows
        var output: UnsafeMutablePointer<UInt8>?
        var count = 0
        var adler: UInt32 = 1
        var unpacked = 0
        let status = pixels.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return PC_NO_MEMORY }
            return pc_png_pack_rows(
                start + first * rowBytes, first > 0 ? start + (first - 1) * rowBytes : nil, UInt32(width),
                UInt32(min(rows, height - first)), Int32(channels), Int32(level), isLast ? 1 : 0, PictureError.shouldStop, &output, &count,
                &adler, &unpacked)
        }
        if status == PC_STOPPED { throw .interrupted(name) }
        guard status == PC_OK, let output else {
            throw PictureError(
                code: status == PC_NO_MEMORY ? .outOfMemory : .notWritable, file: name, reason: "no PNG can be made of so many rows")
        }
        defer { free(output) }
        return Band(bytes: Array(UnsafeBufferPointer(start: output, count: count)), adler: adler, unpacked: unpacked)
    }
}
