import CWebP
import Tensors

/// Writes the pictures of a batch as the frames of one file.
public enum AnimationWriter {
    /// How WebP frames are compressed.
    public struct WebPSettings: Sendable {
        /// Pixels come back exactly; `quality` is then effort, 0…100.
        public var isLossless: Bool
        public var quality: Double
        /// 0 fastest … 6 smallest.
        public var method: Int

        public init(isLossless: Bool, quality: Double, method: Int) {
            (self.isLossless, self.quality, self.method) = (isLossless, quality, method)
        }
    }

    /// An animated PNG. Texts go into `comf` chunks after the pixels, as ComfyUI puts them.
    ///
    /// - Parameter milliseconds: how long each frame is shown.
    public static func png(
        _ image: Image, milliseconds: Int, metadata: PictureMetadata = PictureMetadata(),
        level: Int = PNGWriter.resultLevel, name: String = "picture"
    ) throws(PictureError) -> [UInt8] {
        var chunks: [PNGChunks.Chunk] = []
        var sequence = 0
        func add(_ index: Int, _ still: [UInt8]) {
            for chunk in PNGChunks.list(still) ?? [] {
                switch chunk.name {
                case "IHDR" where index == 0:
                    chunks.append(chunk)
                    // One frame is a still picture.
                    if image.batch > 1 {
                        var control: [UInt8] = []
                        control.append(bigEndian: image.batch, bytes: 4)
                        control.append(bigEndian: 0, bytes: 4)
                        chunks.append(.init(name: "acTL", content: control[...]))
                        chunks.append(frameControl(image, milliseconds, &sequence))
                    }
                case "IHDR": chunks.append(frameControl(image, milliseconds, &sequence))
                case "IDAT" where index == 0: chunks.append(chunk)
                case "IDAT":
                    var content: [UInt8] = []
                    content.append(bigEndian: sequence, bytes: 4)
                    sequence += 1
                    chunks.append(.init(name: "fdAT", content: (content + chunk.content)[...]))
                default: continue
                }
            }
        }
        do {
            try ParallelEncoding.forEach(image.batch) { index in
                try PNGWriter.encode(image, index: index, level: level, name: name)
            } done: { index, still in
                add(index, still)
            }
        } catch let error as PictureError {
            throw error
        } catch {
            throw .interrupted(name)
        }
        for entry in metadata.entries {
            // Latin-1 as ComfyUI has it, where the text fits into it; readers tell UTF-8 by its bytes.
            let fits = entry.text.unicodeScalars.allSatisfy { $0.value < 256 }
            let text = fits ? entry.text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } : Array(entry.text.utf8)
            chunks.append(.init(name: "comf", content: (Array(entry.key.utf8) + [0] + text)[...]))
        }
        chunks.append(.init(name: "IEND", content: []))
        return try PNGChunks.assemble(chunks, name: name)
    }

    private static func frameControl(_ image: Image, _ milliseconds: Int, _ sequence: inout Int) -> PNGChunks.Chunk {
        var content: [UInt8] = []
        content.append(bigEndian: sequence, bytes: 4)
        content.append(bigEndian: image.width, bytes: 4)
        content.append(bigEndian: image.height, bytes: 4)
        content.append(bigEndian: 0, bytes: 8)
        content.append(bigEndian: min(milliseconds, 65_535), bytes: 2)
        content.append(bigEndian: 1000, bytes: 2)
        // Each frame replaces all of the picture.
        content.append(bigEndian: 0, bytes: 2)
        sequence += 1
        return .init(name: "fcTL", content: content[...])
    }

    /// An animated WebP; one picture alone makes a still one. Texts go into EXIF, as ComfyUI puts them.
    public static func webp(
        _ image: Image, milliseconds: Int, settings: WebPSettings, metadata: PictureMetadata = PictureMetadata(),
        name: String = "picture"
    ) throws(PictureError) -> [UInt8] {
        func failure(_ reason: String) -> PictureError { PictureError(code: .notWritable, file: name, reason: reason) }
        guard (3...4).contains(image.channels), (1...16_383).contains(image.width), (1...16_383).contains(image.height)
        else {
            throw failure(
                "\(image.width) × \(image.height) pixels with \(image.channels) channels aren't a WebP picture: "
                    + "3 or 4 channels and at most 16383 pixels a side are")
        }
        var options = WebPAnimEncoderOptions()
        var config = WebPConfig()
        guard WebPAnimEncoderOptionsInit(&options) != 0, WebPConfigInit(&config) != 0 else {
            throw failure("libwebp has another version than the program was made for")
        }
        (options.kmin, options.kmax) = settings.isLossless ? (9, 17) : (3, 5)
        config.lossless = settings.isLossless ? 1 : 0
        config.quality = Float(settings.quality)
        config.method = Int32(settings.method)
        guard let encoder = WebPAnimEncoderNew(Int32(image.width), Int32(image.height), &options) else {
            throw failure("no memory for a WebP encoder")
        }
        defer { WebPAnimEncoderDelete(encoder) }
        func check(_ status: Int32) throws(PictureError) {
            guard status == 0 else { return }
            throw failure("no WebP can be made: " + String(cString: WebPAnimEncoderGetError(encoder)))
        }
        for index in 0..<image.batch {
            try PictureError.checkCancellation(name)
            var frame = WebPPicture()
            guard WebPPictureInit(&frame) != 0 else { throw failure("no memory for a WebP picture") }
            defer { WebPPictureFree(&frame) }
            frame.use_argb = 1
            frame.width = Int32(image.width)
            frame.height = Int32(image.height)
            let bytes = image.pixels.item(index).quantizedToBytes()
            let stride = Int32(image.width * image.channels)
            let imported =
                image.channels == 4
                ? WebPPictureImportRGBA(&frame, bytes, stride) : WebPPictureImportRGB(&frame, bytes, stride)
            guard imported != 0 else { throw failure("no memory for a WebP picture") }
            try check(WebPAnimEncoderAdd(encoder, &frame, Int32(clamping: index * milliseconds), &config))
        }
        try check(WebPAnimEncoderAdd(encoder, nil, Int32(clamping: image.batch * milliseconds), nil))
        var data = WebPData()
        try check(WebPAnimEncoderAssemble(encoder, &data))
        defer { WebPDataClear(&data) }
        guard !metadata.entries.isEmpty else { return Array(UnsafeBufferPointer(start: data.bytes, count: data.size)) }
        return try withEXIF(data, metadata, failure)
    }

    private static func withEXIF(
        _ data: WebPData, _ metadata: PictureMetadata, _ failure: (String) -> PictureError
    ) throws(PictureError) -> [UInt8] {
        var input = data
        guard let mux = WebPMuxCreate(&input, 1) else { throw failure("the WebP can't be given its texts") }
        defer { WebPMuxDelete(mux) }
        let exif = Exif.encoded(metadata)
        let status = exif.withUnsafeBufferPointer { buffer in
            var chunk = WebPData(bytes: buffer.baseAddress, size: buffer.count)
            return WebPMuxSetChunk(mux, "EXIF", &chunk, 1)
        }
        var output = WebPData()
        guard status == WEBP_MUX_OK, WebPMuxAssemble(mux, &output) == WEBP_MUX_OK else {
            throw failure("the WebP can't be given its texts")
        }
        defer { WebPDataClear(&output) }
        return Array(UnsafeBufferPointer(start: output.bytes, count: output.size))
    }
}

extension Exif {
    /// A TIFF directory with ComfyUI's fields: the first text in Model (0x0110), the others from Make (0x010F) downwards, each
    /// as `name:text`.
    static func encoded(_ metadata: PictureMetadata) -> [UInt8] {
        let prompt = metadata.entries.filter { $0.key == "prompt" }.prefix(1)
        let others = metadata.entries.filter { $0.key != "prompt" }
        var fields = prompt.map { (tag: 0x0110, entry: $0) }
        for (index, entry) in others.enumerated() where index < 16 { fields.append((0x010F - index, entry)) }
        fields.sort { $0.tag < $1.tag }
        func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        var directory: [UInt8] = Array("II".utf8) + little(42, 2) + little(8, 4) + little(fields.count, 2)
        var texts: [UInt8] = []
        let start = 8 + 2 + fields.count * 12 + 4
        for (tag, entry) in fields {
            var text = Array("\(entry.key):\(entry.text)".utf8) + [0]
            // What fits into four bytes would stand in the entry itself.
            while text.count <= 4 { text.append(0) }
            directory += little(tag, 2) + little(2, 2) + little(text.count, 4) + little(start + texts.count, 4)
            texts += text
        }
        return directory + little(0, 4) + texts
    }
}
