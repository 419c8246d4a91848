import CPictureCodecs

/// PNG (ISO/IEC 15948) by libpng.
enum PNGReader {
    static func read(_ bytes: [UInt8], name: String, limits: PictureLimits) throws(PictureError) -> Picture {
        if let animation = PNGAnimation(bytes), animation.frames.count > 1 {
            return try animation.read(name: name, limits: limits)
        }
        let isWhole = bytes.withUnsafeBufferPointer { PNGChunks.wholePart(of: $0).hasEnd }
        guard !isWhole else { return try readStill(bytes, name: name, limits: limits) }
        var picture = try readStill(try PNGRepair.whole(bytes, name: name, limits: limits), name: name, limits: limits)
        picture.notes.append(Picture.cutNote)
        return picture
    }

    /// The picture that every PNG file holds, whether more follow or not.
    static func readStill(_ bytes: [UInt8], name: String, limits: PictureLimits) throws(PictureError) -> Picture {
        try withReader(bytes, name: name, limits: limits) { (reader) throws(PictureError) in
            let header = try reader.header()
            let width = Int(header.width)
            let height = Int(header.height)
            try limits.check(width: width, height: height, in: name)
            // Deflate packs at most 1032 to 1: fewer bytes can't hold this picture, so it needn't be given memory.
            let rawBytes = (width * Int(header.file_bits) + 7) / 8 * height
            guard rawBytes / 1032 <= bytes.count else {
                throw PictureError(
                    code: .truncated, file: name, offset: bytes.count,
                    reason: "\(bytes.count) bytes can't hold \(width) × \(height) pixels", hint: reader.truncationHint)
            }
            let channels = Int(header.channels)
            let isGrey16 = header.bits == 16
            let (image, transparency) = try PixelRows.read(
                height: height, width: width, channels: channels, rowBytes: width * channels * Int(header.bits) / 8
            ) { (row) throws(PictureError) in
                try reader.row(row)
                guard isGrey16 else { return }
                // As Pillow converts mode I;16: values above 255 are white. In place, from left to right.
                for x in 0..<width {
                    row[x] = row[2 * x] > 0 ? 255 : row[2 * x + 1]
                }
            }
            // All pixels are there. What is damaged behind them takes nothing away but itself.
            var notes: [String] = []
            do throws(PictureError) { try reader.rest() } catch {
                guard error.code == .corrupt || error.code == .truncated else { throw error }
                notes.append("what follows the pixels in the file is damaged and left aside: \(error.reason)")
            }
            var picture = Picture(
                format: .png, image: image, transparency: transparency, isColorKeyed: header.color_key != 0,
                metadata: reader.metadata(), notes: notes)
            if isGrey16 {
                picture.notes.append(
                    "16-bit greyscale: every value above 255 of 65535 becomes white, as in ComfyUI; "
                        + "save the picture with 8 bits to keep its shades")
            }
            picture.notes += picture.metadata.notes
            return picture.turned(reader.orientation)
        }
    }

    /// The still picture as RGBA bytes; `hasAlpha` tells whether the file says anything about transparency.
    static func rgba(
        _ bytes: [UInt8], name: String, limits: PictureLimits
    ) throws(PictureError) -> (pixels: [UInt8], width: Int, height: Int, hasAlpha: Bool) {
        try withReader(bytes, name: name, limits: limits) { (reader) throws(PictureError) in
            let header = try reader.header()
            let (width, height, channels) = (Int(header.width), Int(header.height), Int(header.channels))
            try limits.check(width: width, height: height, in: name)
            let wide = header.bits == 16 ? 2 : 1
            var row = [UInt8](repeating: 0, count: width * channels * wide)
            var pixels = [UInt8](repeating: 255, count: width * height * 4)
            for y in 0..<height {
                try row.withUnsafeMutableBufferPointer { (row) throws(PictureError) in
                    if let start = row.baseAddress { try reader.row(start) }
                }
                for x in 0..<width {
                    let to = (y * width + x) * 4
                    let from = x * channels * wide
                    for channel in 0..<3 {
                        let value = row[from + (channels >= 3 ? channel : 0) * wide]
                        pixels[to + channel] = wide == 2 ? (value > 0 ? 255 : row[from + 1]) : value
                    }
                    if channels == 2 || channels == 4 { pixels[to + 3] = row[from + channels - 1] }
                }
            }
            return (pixels, width, height, channels == 2 || channels == 4)
        }
    }

    static func metadata(_ bytes: [UInt8], name: String, limits: PictureLimits) throws(PictureError) -> PictureMetadata {
        try withReader(bytes, name: name, limits: limits, skippingPixels: true) { (reader) throws(PictureError) in
            // The interesting texts come before the pixels as a rule. What is damaged behind takes nothing away from them.
            do throws(PictureError) {
                _ = try reader.header()
                try reader.rest()
            } catch {
                let metadata = reader.metadata()
                if metadata.entries.isEmpty { throw error }
                return metadata
            }
            return reader.metadata()
        }
    }

    private static func withReader<Result>(
        _ bytes: [UInt8], name: String, limits: PictureLimits, skippingPixels: Bool = false,
        _ body: (Session) throws(PictureError) -> Result
    ) throws(PictureError) -> Result {
        try bytes.withUnsafeBufferPointer { (buffer) throws(PictureError) in
            let whole = PNGChunks.wholePart(of: buffer)
            // Texts before the place where a file breaks off are still good.
            guard whole.hasEnd || skippingPixels else {
                throw PictureError(PC_TRUNCATED, message: pc_message(), offset: whole.count, file: name, kind: "PNG")
            }
            let reader = pc_png_open(
                buffer.baseAddress, whole.count, UInt32(limits.side), limits.textBytes, Int32(limits.chunks),
                skippingPixels ? 1 : 0)
            guard let reader else {
                throw PictureError(code: .outOfMemory, file: name, reason: "no memory for reading a PNG picture")
            }
            defer { pc_png_close(reader) }
            return try body(Session(reader: reader, name: name, textLimit: limits.textBytes))
        }
    }

    /// An open reader with its errors put into our words.
    private struct Session {
        let reader: OpaquePointer
        let name: String
        let textLimit: Int

        let truncationHint = "it was probably cut short while it was copied or downloaded"

        func header() throws(PictureError) -> pc_png_info {
            var info = pc_png_info()
            try check(pc_png_read_header(reader, &info))
            return info
        }

        func row(_ row: UnsafeMutablePointer<UInt8>) throws(PictureError) { try check(pc_png_read_row(reader, row)) }

        func rest() throws(PictureError) { try check(pc_png_read_rest(reader)) }

        /// What EXIF says, or else XMP.
        var orientation: Int {
            if let orientation = exif().orientation { return orientation }
            for index in 0..<pc_png_text_count(reader) {
                let text = pc_png_text(reader, index)
                let key = UnsafeRawBufferPointer(start: text.key, count: text.key_length)
                guard String(latin1: key) == XMP.pngKey, text.text_length <= textLimit else { continue }
                let value = UnsafeRawBufferPointer(start: text.text, count: text.text_length)
                return XMP.orientation(in: TextEncoding.text(value)) ?? 1
            }
            return 1
        }

        /// That texts are left aside.
        private var lostTexts: String? {
            let isLarge = (0..<pc_png_text_count(reader)).contains { pc_png_text(reader, $0).text_length > textLimit }
            guard isLarge || pc_png_lost_texts(reader) != 0 else { return nil }
            return "texts in it that are damaged or larger than \(textLimit >> 20) MiB are left aside"
        }

        func metadata() -> PictureMetadata {
            var metadata = PictureMetadata()
            for index in 0..<pc_png_text_count(reader) {
                let text = pc_png_text(reader, index)
                // Told by `lostTexts`.
                guard text.text_length <= textLimit else { continue }
                let key = UnsafeRawBufferPointer(start: text.key, count: text.key_length)
                let value = UnsafeRawBufferPointer(start: text.text, count: text.text_length)
                add(String(latin1: key), TextEncoding.text(value), to: &metadata)
            }
            for index in 0..<pc_png_private_count(reader) {
                var count = 0
                guard let start = pc_png_private(reader, index, &count) else { continue }
                let bytes = UnsafeRawBufferPointer(start: start, count: count)
                guard let zero = bytes.firstIndex(of: 0) else { continue }
                add(String(latin1: bytes[..<zero]), TextEncoding.text(bytes[(zero + 1)...]), to: &metadata)
            }
            for entry in exif().entries { metadata.add(entry.key, entry.text) }
            if let lostTexts { metadata.notes.append(lostTexts) }
            return metadata
        }

        /// A text, or those that are packed into it.
        private func add(_ key: String, _ text: String, to metadata: inout PictureMetadata) {
            let packed = key == XMP.pngKey ? XMP.entries(in: text) : RawProfile.entries(key: key, text: text)
            guard let packed else { return metadata.add(key, text) }
            for entry in packed { metadata.add(entry.key, entry.text) }
        }

        func exif() -> Exif {
            var count = 0
            guard let start = pc_png_exif(reader, &count) else { return Exif() }
            return Exif(UnsafeRawBufferPointer(start: start, count: count))
        }

        private func check(_ status: pc_status) throws(PictureError) {
            guard status != PC_OK else { return }
            throw PictureError(
                status, message: pc_png_message(reader), offset: pc_png_position(reader), file: name, kind: "PNG")
        }
    }
}

extension PictureError {
    /// What a codec reported, in our words.
    init(_ status: pc_status, message: pc_message, offset: Int, file: String, kind: String) {
        let said = withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        switch status {
        case PC_TRUNCATED:
            self.init(
                code: .truncated, file: file, offset: offset, reason: "the \(kind) data ends early",
                hint: "it was probably cut short while it was copied or downloaded")
        case PC_STOPPED: self = .interrupted(file)
        case PC_TOO_LARGE: self.init(code: .tooLarge, file: file, offset: offset, reason: said)
        case PC_NO_MEMORY: self.init(code: .outOfMemory, file: file, offset: offset, reason: "no memory for the picture")
        default:
            self.init(
                code: .corrupt, file: file, offset: offset,
                reason: "the \(kind) data is damaged" + (said.isEmpty ? "" : ": \(said)"),
                hint: "open it in a picture editor and save it again, or fetch it anew")
        }
    }
}
