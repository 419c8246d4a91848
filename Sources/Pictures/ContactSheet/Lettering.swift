internal import CFreeType
import Glibc

/// Draws text with FreeType; the only file that knows that library.
///
/// One font at one size. Made for a sheet's labels: no shaping, no right-to-left text.
final class Lettering {
    private let library: FT_Library
    private let face: FT_Face
    /// Height of a line in pixels.
    let lineHeight: Int
    private let ascent: Int

    /// Where Debian and its relatives keep fonts that hold most alphabets.
    private static let fonts = [
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/TTF/DejaVuSans.ttf", "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
        "/usr/share/fonts/truetype/freefont/FreeSans.ttf", "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    ]

    /// `nil` when no font is there.
    ///
    /// - Parameter size: pixels of an em.
    init?(size: Int) {
        var library: FT_Library?
        guard FT_Init_FreeType(&library) == 0, let library else { return nil }
        for font in Self.fonts where access(font, R_OK) == 0 {
            var face: FT_Face?
            guard FT_New_Face(library, font, 0, &face) == 0, let face else { continue }
            guard FT_Set_Pixel_Sizes(face, 0, FT_UInt(size)) == 0 else {
                FT_Done_Face(face)
                continue
            }
            self.library = library
            self.face = face
            lineHeight = Int(face.pointee.size.pointee.metrics.height >> 6)
            ascent = Int(face.pointee.size.pointee.metrics.ascender >> 6)
            return
        }
        FT_Done_FreeType(library)
        return nil
    }

    deinit {
        FT_Done_Face(face)
        FT_Done_FreeType(library)
    }

    /// Width of a text in pixels.
    func width(of text: String) -> Int {
        var width = 0
        for scalar in text.unicodeScalars where FT_Load_Char(face, FT_ULong(scalar.value), FT_Int32(FT_LOAD_DEFAULT)) == 0 {
            width += Int(face.pointee.glyph.pointee.advance.x >> 6)
        }
        return width
    }

    /// The text, cut with an ellipsis where it is wider than `limit` pixels.
    func fitted(_ text: String, width limit: Int) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        if width(of: line) <= limit { return line }
        var scalars = Array(line.unicodeScalars.prefix(400))
        while !scalars.isEmpty {
            scalars.removeLast(max(1, scalars.count / 16))
            var shorter = String.UnicodeScalarView()
            shorter.append(contentsOf: scalars)
            if width(of: String(shorter) + "…") <= limit { return String(shorter) + "…" }
        }
        return ""
    }

    /// Draws a line of dark text into a picture of three channels, clipped to it.
    ///
    /// - Parameters:
    ///   - pixels: `[height][width][3]`, 0…1.
    ///   - left: where the text starts.
    ///   - top: upper end of the line.
    func draw(_ text: String, into pixels: UnsafeMutableBufferPointer<Float>, width: Int, height: Int, left: Int, top: Int) {
        var x = left
        for scalar in text.unicodeScalars {
            guard FT_Load_Char(face, FT_ULong(scalar.value), FT_Int32(FT_LOAD_RENDER)) == 0 else { continue }
            let glyph = face.pointee.glyph.pointee
            for row in 0..<Int(glyph.bitmap.rows) {
                let y = top + ascent - Int(glyph.bitmap_top) + row
                guard y >= 0, y < height, let line = glyph.bitmap.buffer else { continue }
                for column in 0..<Int(glyph.bitmap.width) {
                    let place = x + Int(glyph.bitmap_left) + column
                    guard place >= 0, place < width else { continue }
                    let cover = Float(line[row * Int(glyph.bitmap.pitch) + column]) / 255
                    for channel in 0..<3 {
                        let index = (y * width + place) * 3 + channel
                        pixels[index] *= 1 - 0.9 * cover
                    }
                }
            }
            x += Int(glyph.advance.x >> 6)
        }
    }
}
