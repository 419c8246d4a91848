import Foundation
import Tensors
import Testing

@testable import Pictures

@Suite("Pictures that break off") struct CutFileTests {
    /// How many bytes the files end with that hold no pixel: end marks, checksums.
    @Test(
        "a file cut at any byte is refused, or is the whole picture with a note",
        arguments: [
            ("small.png", 16), ("palette-trns.png", 16), ("photo.jpg", 2), ("lossless.webp", 0), ("anim.gif", 1),
        ])
    func everywhere(name: String, spare: Int) throws {
        let whole = try ExpectedValues.bytes(name)
        let picture = try Picture.read(bytes: whole, name: name)
        #expect(picture.notes.isEmpty)
        let step = whole.count < 400 ? 1 : max(1, whole.count / 200)
        let places = Array(stride(from: 0, to: whole.count, by: step)) + Array(max(0, whole.count - 40)..<whole.count)
        for count in places {
            let cut = Array(whole.prefix(count))
            do {
                let read = try Picture.read(bytes: cut, name: name)
                // Of an animation, the frames that are there.
                let frames = picture.image.pixels.narrowed(0, from: 0, count: read.image.batch)
                #expect(read.image.pixels.hasSameBits(as: frames), "\(count) of \(whole.count) bytes")
                #expect(read.notes.count <= 1)
            } catch {
                #expect(count <= whole.count - spare - 1 || spare == 0, "\(count) of \(whole.count) bytes: \(error)")
                #expect(error.code == .truncated || count < 16, "\(count) of \(whole.count) bytes: \(error)")
            }
        }
    }

    @Test(
        "a PNG without its end mark, the checksum before it, and the check of its pixel data is whole", arguments: [0, 4, 12, 13, 16, 20])
    func png(missing: Int) throws {
        let image = Image(Tensor((0..<5 * 7 * 3).map { Float($0 * 2) / 255 }, shape: [1, 5, 7, 3]))
        let whole = try PNGWriter.encode(image, metadata: PictureMetadata([.init(key: "prompt", text: "{}")]))
        let picture = try Picture.read(bytes: Array(whole.dropLast(missing)), name: "x.png")
        #expect(picture.image.pixels.hasSameBits(as: try Picture.read(bytes: whole, name: "x.png").image.pixels))
        #expect(picture.metadata["prompt"] == "{}")
        #expect(picture.notes.isEmpty == (missing == 0))
    }

    @Test("a PNG that breaks off within a text behind its pixels is whole")
    func textBehind() throws {
        let whole = try PNGWriter.encode(Image(.zeros([1, 2, 2, 3])))
        let chunks: [UInt8] = Array(whole.prefix(whole.count - 12)) + [0, 0, 0, 200] + Array("tEXtprompt\u{0}{".utf8)
        let picture = try Picture.read(bytes: chunks, name: "x.png")
        #expect(picture.notes == [Picture.cutNote])
    }

    @Test("a GIF without its end mark has all of its frames, one that is cut within a frame is refused")
    func gif() throws {
        let whole = try ExpectedValues.bytes("anim.gif")
        let frames = try Picture.read(bytes: whole, name: "x.gif").image.batch
        let cut = try Picture.read(bytes: Array(whole.dropLast()), name: "x.gif")
        #expect(cut.image.batch == frames && cut.notes.first?.contains("breaks off behind \(frames) frames") == true)
        let zeros = try Picture.read(bytes: Array(whole.dropLast()) + [0, 0], name: "x.gif")
        #expect(zeros.image.batch == frames && zeros.notes.count == 1)
        #expect(throws: PictureError.self) { try Picture.read(bytes: Array(whole.dropLast(8)), name: "x.gif") }
    }

    @Test("a WebP that breaks off within its EXIF is whole, one cut within its pixels is refused")
    func webp() throws {
        let whole = try ExpectedValues.bytes("lossless.webp")
        let pixels = try Picture.read(bytes: whole, name: "x.webp").image.pixels
        // The same picture in the extended form with an EXIF chunk that isn't all there.
        let image = whole[12...]
        let size = try Picture.read(bytes: whole, name: "x.webp").image
        func three(_ value: Int) -> [UInt8] { (0..<3).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        guard whole[12..<16].elementsEqual("VP8L".utf8) else { return }
        let extended = Array("VP8X".utf8) + four(10) + [0x18, 0, 0, 0] + three(size.width - 1) + three(size.height - 1)
        let exif = Array("EXIF".utf8) + four(300) + [UInt8](repeating: 0, count: 300)
        let body = Array("WEBP".utf8) + extended + image + exif
        let file = Array("RIFF".utf8) + four(body.count) + body
        let picture = try Picture.read(bytes: Array(file.dropLast(100)), name: "x.webp")
        #expect(picture.image.pixels.hasSameBits(as: pixels) && picture.notes == [Picture.cutNote])
        #expect(throws: PictureError.self) { try Picture.read(bytes: Array(file.prefix(whole.count - 10)), name: "x.webp") }
    }

    @Test(
        "which way is up is read from a number of any type and byte order",
        arguments: [1, 2, 3, 4, 6, 7, 8, 9], [true, false])
    func orientation(type: Int, isBigEndian: Bool) {
        for count in [1, 0, 2] {
            func bytes(_ value: Int, _ size: Int) -> [UInt8] {
                let little = (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
                return isBigEndian ? little.reversed() : little
            }
            let size = [1: 1, 2: 1, 6: 1, 7: 1, 3: 2, 8: 2][type] ?? 4
            // A list of eight bytes lies elsewhere; these are short.
            guard count * size <= 4 else { continue }
            let value = bytes(type == 2 ? 0x36 : 6, size)
            let field = bytes(0x0112, 2) + bytes(type, 2) + bytes(count, 4) + value + [UInt8](repeating: 0, count: 4 - size)
            let tiff = Array((isBigEndian ? "MM" : "II").utf8) + bytes(42, 2) + bytes(8, 4) + bytes(1, 2) + field + bytes(0, 4)
            #expect(tiff.withUnsafeBytes { Exif($0).orientation } == 6, "type \(type), count \(count)")
        }
    }

    @Test("a SHORT that was written as four bytes is read, too")
    func wideShort() {
        let tiff: [UInt8] = Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0]
        #expect(tiff.withUnsafeBytes { Exif($0).orientation } == 6)
    }

    @Test("a fraction that comes to a whole number is one", arguments: [5, 10])
    func fraction(type: UInt8) {
        func tiff(_ above: UInt8, _ below: UInt8) -> [UInt8] {
            Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, type, 0, 0, 0, 1, 0, 0, 0, 26, 0, 0, 0, 0]
                + [0, 0, 0, above, 0, 0, 0, below]
        }
        #expect(tiff(6, 1).withUnsafeBytes { Exif($0).orientation } == 6)
        #expect(tiff(12, 2).withUnsafeBytes { Exif($0).orientation } == 6)
        #expect(tiff(6, 0).withUnsafeBytes { Exif($0).orientation } == nil)
        #expect(tiff(6, 4).withUnsafeBytes { Exif($0).orientation } == nil)
    }

    @Test("where EXIF says nothing of it, XMP says which way is up")
    func packet() throws {
        for (packet, expected) in [
            (#"<rdf:Description tiff:Orientation="6"/>"#, 6), ("<tiff:Orientation>8</tiff:Orientation>", 8),
            ("<x tiff:Orientation='3'/>", 3),
            (#"tiff:Orientation="9""#, nil), ("tiff:Orientation", nil), ("", nil),
        ] as [(String, Int?)] {
            #expect(XMP.orientation(in: packet) == expected, "\(packet)")
        }
        let pixels = Tensor((0..<18).map { Float($0) / 255 }, shape: [1, 2, 3, 3])
        var metadata = PictureMetadata()
        metadata.add(XMP.pngKey, #"<rdf:Description tiff:Orientation="6"/>"#)
        let file = try PNGWriter.encode(Image(pixels), index: 0, metadata: metadata)
        let picture = try Picture.read(bytes: file, name: "x.png")
        #expect(picture.image.pixels.shape == [1, 3, 2, 3])
    }

    @Test("texts that are too large or damaged are left aside with a word")
    func lostTexts() throws {
        var metadata = PictureMetadata()
        metadata.add("prompt", String(repeating: "long ", count: 1000))
        metadata.add("short", "text")
        let file = try PNGWriter.encode(Image(Tensor(repeating: 0.5, shape: [1, 2, 3, 3])), index: 0, metadata: metadata)
        let limits = PictureLimits(textBytes: 1000)
        let read = try PictureMetadata.read(bytes: file, name: "x.png", limits: limits)
        #expect(read.entries.map(\.key) == ["short"])
        #expect(read.notes.count == 1 && read.notes.first?.contains("damaged or larger than") == true, "\(read.notes)")
        #expect(try Picture.read(bytes: file, name: "x.png", limits: limits).notes == read.notes)
        #expect(try Picture.read(bytes: file, name: "x.png").notes.isEmpty)
    }

    struct Sample: Sendable, CustomTestStringConvertible {
        var bytes: [UInt8]
        var word: String
        var testDescription: String { word }
    }

    @Test(
        "a file that is no picture, or of a kind that isn't read, is called what it is",
        arguments: [
            Sample(bytes: [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0], word: "TIFF"),
            Sample(bytes: Array("<!DOCTYPE html><html>".utf8), word: "web page (HTML)"), Sample(bytes: [], word: "empty"),
            Sample(bytes: Array("8BPS\u{0}\u{1}".utf8), word: "Photoshop"), Sample(bytes: Array("<svg xmlns='x'/>".utf8), word: "SVG"),
            Sample(bytes: [64, 0, 0, 0, 0, 0, 0, 0] + Array("{\"latent_tensor\":{\"dtype\"".utf8), word: "latent"),
            Sample(bytes: [0, 0, 0, 0x20] + Array("ftypmp42".utf8), word: "video"),
            Sample(bytes: [0, 0, 0, 0x20] + Array("ftypavif".utf8), word: "AVIF"),
        ])
    func kinds(sample: Sample) {
        for read in [
            { _ = try Picture.read(bytes: sample.bytes, name: "x.png") },
            { _ = try PictureMetadata.read(bytes: sample.bytes, name: "x.png") },
        ] {
            let error = #expect(throws: PictureError.self) { try read() }
            #expect(error?.reason.contains(sample.word) == true, "\(error?.reason ?? "")")
        }
    }
}
