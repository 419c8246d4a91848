import CPictureCodecs
import Glibc
public import Tensors

/// Writes PNG files as ComfyUI's SaveImage does: 8 bits, truncated, texts before the pixels.
public enum PNGWriter {
    /// ComfyUI's compression for results and for previews.
    public static let resultLevel = 4
    public static let previewLevel = 1

    /// The bytes of a PNG file. The same pixels and texts always give the same bytes.
    ///
    /// - Parameters:
    ///   - image: one picture of 1 to 4 channels; of a batch, `index` is written.
    ///   - metadata: written as tEXt, or as iTXt where a text has characters beyond Latin-1, or would be read as another one.
    public static func encode(
        _ image: Image, index: Int = 0, metadata: PictureMetadata = PictureMetadata(), level: Int = resultLevel,
        name: String = "picture"
    ) throws(PictureError) -> [UInt8] {
        precondition(index >= 0 && index < image.batch, "picture \(index) of \(image.batch)")
        guard (1...4).contains(image.channels), image.width > 0, image.height > 0 else {
            throw PictureError(
                code: .notWritable, file: name,
                reason: "a picture of \(image.width) × \(image.height) pixels with \(image.channels) channels isn't a PNG",
                hint: "1 to 4 channels and at least one pixel are needed")
        }
        let pixels = image.pixels.item(index).quantizedToBytes()
        return try encode(
            bytes: pixels, width: image.width, height: image.height, channels: image.channels, metadata: metadata,
            level: level, name: name)
    }

    /// The bytes of a PNG file from 8-bit pixels, row by row.
    public static func encode(
        bytes pixels: [UInt8], width: Int, height: Int, channels: Int, metadata: PictureMetadata = PictureMetadata(),
        level: Int = resultLevel, name: String = "picture"
    ) throws(PictureError) -> [UInt8] {
        precondition(pixels.count == width * height * channels, "\(pixels.count) bytes for \(width) × \(height) × \(channels)")
        if let bands = PNGBands(width: width, height: height, channels: channels, level: level) {
            return try bands.encode(pixels, metadata: metadata, name: name)
        }
        let texts = try metadata.entries.map { (entry) throws(PictureError) in try TextChunk(entry, name: name) }
        var output: UnsafeMutablePointer<UInt8>?
        var count = 0
        var message = pc_message()
        let status = withChunks(texts) { chunks in
            pc_png_encode(
                pixels, UInt32(width), UInt32(height), Int32(channels), Int32(level), chunks.baseAddress,
                Int32(chunks.count), PictureError.shouldStop, &output, &count, &message)
        }
        if status == PC_STOPPED { throw .interrupted(name) }
        guard status == PC_OK, let output else {
            let said = withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            throw PictureError(
                code: status == PC_NO_MEMORY ? .outOfMemory : .notWritable, file: name, reason: "no PNG can be made: \(said)")
        }
        defer { free(output) }
        return Array(UnsafeBufferPointer(start: output, count: count))
    }

    /// A text ready for libpng.
    private struct TextChunk {
        var key: [UInt8]
        var text: [UInt8]
        var isUTF8: Bool

        init(_ entry: PictureMetadata.Entry, name: String) throws(PictureError) {
            key = Array(entry.key.utf8)
            guard (1...79).contains(key.count), key.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
                throw PictureError(
                    code: .notWritable, file: name,
                    reason: "a text in a PNG needs a name of 1 to 79 plain characters, not \"\(entry.key)\"")
            }
            // Latin-1 that is UTF-8 as well would be read as that.
            isUTF8 =
                entry.text.unicodeScalars.contains { $0.value > 0xFF }
                || TextEncoding.text(entry.text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }) != entry.text
            // The format ends some texts at a zero; one inside would cut ours.
            text =
                isUTF8
                ? entry.text.utf8.filter { $0 != 0 }
                : entry.text.unicodeScalars.compactMap { $0.value == 0 ? nil : UInt8($0.value) }
        }
    }

    private static func withChunks<Result>(
        _ texts: [TextChunk], _ body: (UnsafeBufferPointer<pc_text>) -> Result
    ) -> Result {
        // One buffer for everything, each piece followed by a zero, so that all pointers live as long as one closure.
        var bytes: [UInt8] = []
        var places: [(key: Int, text: Int)] = []
        for text in texts {
            places.append((bytes.count, bytes.count + text.key.count + 1))
            bytes += text.key + [0] + text.text + [0]
        }
        return bytes.withUnsafeBytes { buffer in
            let chunks = zip(texts, places).map { text, place in
                pc_text(
                    key: buffer.baseAddress.map { ($0 + place.key).assumingMemoryBound(to: CChar.self) },
                    text: buffer.baseAddress.map { ($0 + place.text).assumingMemoryBound(to: CChar.self) },
                    key_length: text.key.count, text_length: text.text.count, utf8: text.isUTF8 ? 1 : 0)
            }
            return chunks.withUnsafeBufferPointer(body)
        }
    }
}

extension Tensor {
    /// Every element times 255, limited to 0…255 and truncated: how ComfyUI turns pictures into bytes. NaN becomes 0.
    public func quantizedToBytes() -> [UInt8] {
        withFloats { x in
            [UInt8](unsafeUninitializedCapacity: x.count) { out, count in
                for index in 0..<x.count {
                    let value = x[index] * 255
                    out[index] = value >= 255 ? 255 : value > 0 ? UInt8(value) : 0
                }
                count = x.count
            }
        }
    }
}
