import CWebP

/// WebP (RFC 9649) by libwebp, still and animated.
enum WebPReader {
    static func read(_ bytes: [UInt8], name: String, limits: PictureLimits) throws(PictureError) -> Picture {
        try withFile(bytes, name: name) { (data, isCut) throws(PictureError) in
            var features = WebPBitstreamFeatures()
            let status = WebPGetFeatures(data.bytes, data.size, &features)
            guard status == VP8_STATUS_OK else { throw failure(status, name: name, size: data.size) }
            try limits.check(width: Int(features.width), height: Int(features.height), in: name)
            let metadata = try sideData(data, name: name)

            var options = WebPAnimDecoderOptions()
            guard WebPAnimDecoderOptionsInit(&options) != 0 else { throw damaged(name) }
            options.color_mode = MODE_RGBA
            options.use_threads = 0
            var input = data
            guard let decoder = WebPAnimDecoderNew(&input, &options) else { throw damaged(name) }
            defer { WebPAnimDecoderDelete(decoder) }
            var info = WebPAnimInfo()
            guard WebPAnimDecoderGetInfo(decoder, &info) != 0 else { throw damaged(name) }
            let width = Int(info.canvas_width)
            let height = Int(info.canvas_height)
            let frames = Int(info.frame_count)
            try limits.check(width: width, height: height, frames: frames, in: name)

            var canvas: UnsafeMutablePointer<UInt8>?
            var y = height
            let (image, alpha) = try PixelRows.read(
                frames: frames, height: height, width: width, channels: 4
            ) { (row) throws(PictureError) in
                if y == height {
                    var timestamp: Int32 = 0
                    guard WebPAnimDecoderGetNext(decoder, &canvas, &timestamp) != 0 else { throw damaged(name) }
                    y = 0
                }
                guard let canvas else { throw damaged(name) }
                row.update(from: canvas + y * width * 4, count: width * 4)
                y += 1
            }
            let picture = Picture(
                format: .webp, image: image, transparency: features.has_alpha != 0 ? alpha : nil, isColorKeyed: false,
                metadata: metadata.texts, notes: isCut ? [Picture.cutNote] : [])
            return picture.turned(metadata.orientation)
        }
    }

    static func metadata(_ bytes: [UInt8], name: String, limits: PictureLimits) throws(PictureError) -> PictureMetadata {
        try withFile(bytes, name: name) { (data, _) throws(PictureError) in try sideData(data, name: name).texts }
    }

    private static func withFile<Result>(
        _ bytes: [UInt8], name: String, _ body: (WebPData, _ isCut: Bool) throws(PictureError) -> Result
    ) throws(PictureError) -> Result {
        // The RIFF header says how long the file is; a shorter one was cut.
        let declared = bytes.count < 12 ? 12 : 8 + bytes[4..<8].littleEndianInteger
        var bytes = bytes
        let isCut = bytes.count < declared
        if isCut {
            guard let whole = wholePart(of: bytes) else {
                throw PictureError(
                    code: .truncated, file: name, offset: bytes.count,
                    reason: "the WebP data ends early: \(bytes.count) of \(declared) bytes",
                    hint: "it was probably cut short while it was copied or downloaded")
            }
            bytes = whole
        }
        return try bytes.withUnsafeBufferPointer { (buffer) throws(PictureError) in
            try body(WebPData(bytes: buffer.baseAddress, size: buffer.count), isCut)
        }
    }

    /// The file up to where it was cut, as a whole file; `nil` when the cut goes through the picture.
    ///
    /// Behind the picture come EXIF and XMP, and a byte that fills up an odd length.
    private static func wholePart(of bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count > 20 else { return nil }
        var position = 12
        var hasPicture = false
        while bytes.count - position >= 8 {
            let kind = String(decoding: bytes[position..<position + 4], as: UTF8.self)
            let end = position + 8 + bytes[position + 4..<position + 8].littleEndianInteger
            // Nobody knows how many frames were to come.
            if kind == "ANMF" { return nil }
            let isPicture = kind == "VP8 " || kind == "VP8L"
            guard end <= bytes.count else {
                if isPicture || !hasPicture { return nil }
                break
            }
            hasPicture = hasPicture || isPicture
            position = end + (end & 1)
        }
        guard hasPicture else { return nil }
        var whole = Array(bytes.prefix(position))
        while whole.count < position { whole.append(0) }
        for (place, shift) in zip(4..<8, [0, 8, 16, 24]) { whole[place] = UInt8(truncatingIfNeeded: (whole.count - 8) >> shift) }
        return whole
    }

    private static func sideData(
        _ data: WebPData, name: String
    ) throws(PictureError) -> (texts: PictureMetadata, orientation: Int) {
        var input = data
        guard let demuxer = WebPDemux(&input) else { throw damaged(name) }
        defer { WebPDemuxDelete(demuxer) }
        var metadata = PictureMetadata()
        var orientation: Int?
        withChunk("EXIF", of: demuxer) { bytes in
            let exif = Exif(bytes)
            for entry in exif.entries { metadata.add(entry.key, entry.text) }
            orientation = exif.orientation
        }
        withChunk("XMP ", of: demuxer) { bytes in
            let packet = String(decoding: bytes, as: UTF8.self)
            orientation = orientation ?? XMP.orientation(in: packet)
            for entry in XMP.entries(in: packet) { metadata.add(entry.key, entry.text) }
        }
        return (metadata, orientation ?? 1)
    }

    private static func withChunk(_ name: String, of demuxer: OpaquePointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        var chunk = WebPChunkIterator()
        guard WebPDemuxGetChunk(demuxer, name, 1, &chunk) != 0 else { return }
        defer { WebPDemuxReleaseChunkIterator(&chunk) }
        body(UnsafeRawBufferPointer(start: chunk.chunk.bytes, count: chunk.chunk.size))
    }

    private static func failure(_ status: VP8StatusCode, name: String, size: Int) -> PictureError {
        switch status {
        case VP8_STATUS_NOT_ENOUGH_DATA:
            PictureError(code: .truncated, file: name, offset: size, reason: "the WebP data ends early")
        case VP8_STATUS_OUT_OF_MEMORY:
            PictureError(code: .outOfMemory, file: name, reason: "no memory for the picture")
        default: damaged(name)
        }
    }

    private static func damaged(_ name: String) -> PictureError {
        PictureError(
            code: .corrupt, file: name, reason: "the WebP data is damaged",
            hint: "open it in a picture editor and save it again, or fetch it anew")
    }
}
