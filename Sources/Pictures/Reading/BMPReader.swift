/// BMP (Windows' device-independent bitmap, headers of 40 bytes and more), not run-length packed.
enum BMPReader {
    static func read(_ bytes: [UInt8], name: String, limits: PictureLimits) throws(PictureError) -> Picture {
        let header = try Header(bytes, name: name)
        try limits.check(width: header.width, height: header.height, in: name)
        let stride = (header.width * header.bits + 31) / 32 * 4
        // What fills up the last row is no pixel.
        let needed = header.start + stride * (header.height - 1) + (header.width * header.bits + 7) / 8
        guard bytes.count >= needed else { throw Header.truncated(name, bytes.count) }
        let palette = try header.palette(bytes, name: name)
        var y = 0
        let channels = header.fields.count
        let (image, transparency) = try PixelRows.read(
            height: header.height, width: header.width, channels: channels
        ) { (row) throws(PictureError) in
            let start = header.start + stride * (header.isFromAbove ? y : header.height - 1 - y)
            y += 1
            for x in 0..<header.width {
                let colour: (UInt8, UInt8, UInt8)
                if let palette {
                    let bit = x * header.bits
                    let index = Int(bytes[start + bit / 8]) >> (8 - header.bits - bit % 8) & (1 << header.bits - 1)
                    guard index < palette.count else {
                        throw PictureError(
                            code: .corrupt, file: name, offset: start + bit / 8,
                            reason: "colour \(index) isn't in the table of \(palette.count)")
                    }
                    colour = palette[index]
                } else {
                    let place = start + x * header.bits / 8
                    if header.bits == 24 {
                        colour = (bytes[place + 2], bytes[place + 1], bytes[place])
                    } else {
                        let value = bytes[place..<place + header.bits / 8].littleEndianInteger
                        if channels == 4 { row[4 * x + 3] = header.fields[3].value(value) }
                        colour = (header.fields[0].value(value), header.fields[1].value(value), header.fields[2].value(value))
                    }
                }
                (row[channels * x], row[channels * x + 1], row[channels * x + 2]) = colour
            }
        }
        let isCut = bytes.count < header.start + stride * header.height
        return Picture(
            format: .bmp, image: image, transparency: transparency, isColorKeyed: false, metadata: PictureMetadata(),
            notes: isCut ? [Picture.cutNote] : [])
    }

    /// Some bits of a pixel.
    private struct Field {
        let shift: Int
        let largest: Int

        init(mask: Int) {
            shift = mask == 0 ? 0 : mask.trailingZeroBitCount
            largest = mask >> shift
        }

        func value(_ pixel: Int) -> UInt8 {
            largest == 0 ? 0 : UInt8(truncatingIfNeeded: (pixel >> shift & largest) * 255 / largest)
        }
    }

    private struct Header {
        let width: Int
        let height: Int
        let isFromAbove: Bool
        /// Of a pixel.
        let bits: Int
        /// Where the rows begin.
        let start: Int
        /// Red, green, blue and, where the header has a mask for it, alpha of pixels of 16 and 32 bits.
        let fields: [Field]
        private let paletteStart: Int
        private let paletteCount: Int

        static func truncated(_ name: String, _ count: Int) -> PictureError {
            PictureError(
                code: .truncated, file: name, offset: count, reason: "the BMP data ends early",
                hint: "it was probably cut short while it was copied or downloaded")
        }

        init(_ bytes: [UInt8], name: String) throws(PictureError) {
            guard bytes.count >= 54 else { throw Self.truncated(name, bytes.count) }
            func number(_ offset: Int, _ count: Int = 4) -> Int { bytes[offset..<offset + count].littleEndianInteger }
            func refuse(_ reason: String) -> PictureError {
                PictureError(code: .corrupt, file: name, reason: "this BMP picture isn't read: \(reason)", hint: "save it as PNG")
            }
            start = number(10)
            let size = number(14)
            guard (40...200).contains(size) else { throw refuse("its header has \(size) bytes, as old or foreign programs write it") }
            width = Int(Int32(truncatingIfNeeded: number(18)))
            let rows = Int(Int32(truncatingIfNeeded: number(22)))
            (height, isFromAbove) = (abs(rows), rows < 0)
            bits = number(28, 2)
            let compression = number(30)
            guard [1, 4, 8, 16, 24, 32].contains(bits) else { throw refuse("it has \(bits) bits a pixel") }
            guard compression == 0 || compression == 3 && (bits == 16 || bits == 32) else {
                throw refuse(compression <= 2 ? "its rows are run-length packed" : "its rows are packed in kind \(compression)")
            }
            let masksStart = 54
            if compression == 3 {
                guard bytes.count >= masksStart + 12 else { throw Self.truncated(name, bytes.count) }
                let hasAlpha = size >= 56 && bytes.count >= masksStart + 16 && number(masksStart + 12) != 0
                fields = (0..<(hasAlpha ? 4 : 3)).map { Field(mask: number(masksStart + 4 * $0)) }
            } else {
                fields = (bits == 16 ? [0x7C00, 0x03E0, 0x001F] : [0xFF0000, 0x00FF00, 0x0000FF]).map { Field(mask: $0) }
            }
            paletteStart = 14 + size
            let colours = number(46)
            paletteCount = colours == 0 ? 1 << min(bits, 8) : min(colours, 256)
            guard start >= 54, start <= bytes.count else { throw Self.truncated(name, bytes.count) }
        }

        /// The colours of pixels of up to 8 bits; `nil` for others.
        func palette(_ bytes: [UInt8], name: String) throws(PictureError) -> [(UInt8, UInt8, UInt8)]? {
            guard bits <= 8 else { return nil }
            guard bytes.count >= paletteStart + 4 * paletteCount else { throw Self.truncated(name, bytes.count) }
            return (0..<paletteCount).map { index in
                let place = paletteStart + 4 * index
                return (bytes[place + 2], bytes[place + 1], bytes[place])
            }
        }
    }
}
