import Tensors
import Testing

@testable import Pictures

@Suite("BMP pictures") struct BMPTests {
    static func little(_ value: Int, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    /// A file of a BITMAPINFOHEADER.
    static func file(width: Int, height: Int, bits: Int, compression: Int = 0, masks: [Int] = [], palette: [UInt8] = [], rows: [UInt8])
        -> [UInt8]
    {
        let masksBytes = masks.flatMap { little($0, 4) }
        let start = 14 + 40 + masksBytes.count + palette.count
        var header = Array("BM".utf8) + little(start + rows.count, 4) + little(0, 4) + little(start, 4)
        header += little(40, 4) + little(width, 4) + little(height, 4) + little(1, 2) + little(bits, 2) + little(compression, 4)
        header += little(rows.count, 4) + little(2835, 4) + little(2835, 4) + little(palette.count / 4, 4) + little(0, 4)
        return header + masksBytes + palette + rows
    }

    static func bytes(_ picture: Picture) -> [Int] { picture.image.pixels.floats.map { Int(($0 * 255).rounded()) } }

    @Test("24 bits: blue first, rows from below, each filled up to four bytes")
    func plain() throws {
        let rows: [UInt8] = [1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0]
        let picture = try Picture.read(bytes: Self.file(width: 2, height: 2, bits: 24, rows: rows), name: "x.bmp")
        #expect(picture.format == .bmp && picture.image.pixels.shape == [1, 2, 2, 3] && picture.transparency == nil)
        #expect(Self.bytes(picture) == [9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4])
        // A negative height means rows from above.
        let down = try Picture.read(bytes: Self.file(width: 2, height: -2, bits: 24, rows: rows), name: "x.bmp")
        #expect(Self.bytes(down) == [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10])
    }

    @Test("palettes of 1, 4 and 8 bits")
    func palettes() throws {
        let palette: [UInt8] = [0, 0, 0, 0, 30, 20, 10, 0]
        for (bits, row) in [(1, [0b0100_0000, 0, 0, 0]), (4, [0x01, 0, 0, 0]), (8, [0, 1, 0, 0])] as [(Int, [UInt8])] {
            let picture = try Picture.read(bytes: Self.file(width: 2, height: 1, bits: bits, palette: palette, rows: row), name: "x.bmp")
            #expect(Self.bytes(picture) == [0, 0, 0, 10, 20, 30], "\(bits) bits")
        }
        let outside = Self.file(width: 2, height: 1, bits: 8, palette: palette, rows: [0, 2, 0, 0])
        #expect(throws: PictureError.self) { try Picture.read(bytes: outside, name: "x.bmp") }
    }

    @Test("32 bits without a mask for alpha have no transparency; fields of any width are brought to 255")
    func fields() throws {
        let plain = try Picture.read(bytes: Self.file(width: 1, height: 1, bits: 32, rows: [1, 2, 3, 0]), name: "x.bmp")
        #expect(Self.bytes(plain) == [3, 2, 1] && plain.transparency == nil)
        let narrow = Self.file(width: 1, height: 1, bits: 16, compression: 3, masks: [0xF800, 0x07E0, 0x001F], rows: [0xFF, 0x07, 0, 0])
        #expect(Self.bytes(try Picture.read(bytes: narrow, name: "x.bmp")) == [0, 255, 255])
        let fiveFive = Self.file(width: 1, height: 1, bits: 16, rows: [0, 0x7C, 0, 0])
        #expect(Self.bytes(try Picture.read(bytes: fiveFive, name: "x.bmp")) == [255, 0, 0])
    }

    @Test("a cut file, a foreign kind of packing and a size beyond reason are refused")
    func refusals() throws {
        let whole = Self.file(width: 2, height: 2, bits: 24, rows: [UInt8](repeating: 0, count: 16))
        for count in [20, 40, 54, whole.count - 3] {
            let error = #expect(throws: PictureError.self) { try Picture.read(bytes: Array(whole.prefix(count)), name: "x.bmp") }
            #expect(error?.code == .truncated)
        }
        // The bytes that fill up the last row are no pixels.
        #expect(try Picture.read(bytes: Array(whole.dropLast(2)), name: "x.bmp").notes.count == 1)
        for file in [
            Self.file(width: 2, height: 2, bits: 8, compression: 1, rows: [0, 0]),
            Self.file(width: 2, height: 2, bits: 7, rows: [0, 0, 0, 0]),
            Self.file(width: 1 << 30, height: 1 << 30, bits: 24, rows: []), Self.file(width: 0, height: 1, bits: 24, rows: []),
        ] {
            #expect(throws: PictureError.self) { try Picture.read(bytes: file, name: "x.bmp") }
        }
    }
}
