import CPictureCodecs

/// JPEG (ITU-T T.81) by libjpeg.
enum JPEGReader {
    static func read(_ bytes: [UInt8], name: String, limits: PictureLimits) throws(PictureError) -> Picture {
        try withReader(bytes, name: name) { (reader, check) throws(PictureError) in
            var header = pc_jpeg_info()
            try check(pc_jpeg_read_header(reader, &header))
            let width = Int(header.width)
            let height = Int(header.height)
            try limits.check(width: width, height: height, in: name)
            try check(pc_jpeg_start(reader))
            let isCMYK = header.channels == 4
            let (image, _) = try PixelRows.read(
                height: height, width: width, channels: isCMYK ? 3 : Int(header.channels),
                rowBytes: width * Int(header.channels)
            ) { (row) throws(PictureError) in
                try check(pc_jpeg_read_row(reader, row))
                if isCMYK { convertCMYK(row, width: width, inverted: header.inverted != 0) }
            }
            let (orientation, metadata) = sideData(of: reader)
            let picture = Picture(
                format: .jpeg, image: image, transparency: nil, isColorKeyed: false, metadata: metadata,
                notes: pc_jpeg_lacks_end(reader) != 0 ? [Picture.cutNote] : [])
            return picture.turned(orientation)
        }
    }

    static func metadata(_ bytes: [UInt8], name: String, limits: PictureLimits) throws(PictureError) -> PictureMetadata {
        try withReader(bytes, name: name) { (reader, check) throws(PictureError) in
            var header = pc_jpeg_info()
            try check(pc_jpeg_read_header(reader, &header))
            return sideData(of: reader).metadata
        }
    }

    private static func withReader<Result>(
        _ bytes: [UInt8], name: String,
        _ body: (OpaquePointer, (pc_status) throws(PictureError) -> Void) throws(PictureError) -> Result
    ) throws(PictureError) -> Result {
        try bytes.withUnsafeBufferPointer { (buffer) throws(PictureError) in
            guard let reader = pc_jpeg_open(buffer.baseAddress, buffer.count) else {
                throw PictureError(code: .outOfMemory, file: name, reason: "no memory for reading a JPEG picture")
            }
            defer { pc_jpeg_close(reader) }
            return try body(reader) { (status) throws(PictureError) in
                guard status != PC_OK else { return }
                throw PictureError(
                    status, message: pc_jpeg_message(reader), offset: pc_jpeg_position(reader), file: name, kind: "JPEG")
            }
        }
    }

    private static func sideData(of reader: OpaquePointer) -> (orientation: Int, metadata: PictureMetadata) {
        var exif: Int?
        var xmp: Int?
        var metadata = PictureMetadata()
        for index in 0..<pc_jpeg_marker_count(reader) {
            var isComment: Int32 = 0
            var count = 0
            guard let start = pc_jpeg_marker(reader, index, &isComment, &count) else { continue }
            let content = UnsafeRawBufferPointer(start: start, count: count)
            if isComment != 0 {
                metadata.add("Comment", TextEncoding.text(content))
            } else if content.starts(with: Array("Exif\0\0".utf8)) {
                let block = Exif(content)
                exif = block.orientation ?? exif
                for entry in block.entries { metadata.add(entry.key, entry.text) }
            } else if content.starts(with: Array(XMP.marker.utf8)) {
                let packet = String(decoding: content, as: UTF8.self)
                xmp = XMP.orientation(in: packet) ?? xmp
                for entry in XMP.entries(in: packet) { metadata.add(entry.key, entry.text) }
            }
        }
        return (exif ?? xmp ?? 1, metadata)
    }

    /// Four inks to three colours, in place: what of the light passes all of them.
    private static func convertCMYK(_ row: UnsafeMutablePointer<UInt8>, width: Int, inverted: Bool) {
        for x in 0..<width {
            let black = Int(inverted ? row[4 * x + 3] : 255 - row[4 * x + 3])
            for channel in 0..<3 {
                let ink = Int(inverted ? 255 - row[4 * x + channel] : row[4 * x + channel])
                row[3 * x + channel] = UInt8(max(0, black - (black * ink + 127) / 255))
            }
        }
    }
}
