import Problems
import Tensors
import Testing

@testable import Pictures

@Suite("Reading pictures") struct ReadingTests {
    /// JPEG decoders differ by a step or two of 255.
    @Test(
        "pixels are those that ComfyUI loads",
        arguments: [
            ("rgb.png", 0), ("rgba.png", 0), ("gray.png", 0), ("la.png", 0), ("gray16.png", 0), ("rgb16.png", 0),
            ("palette.png", 0), ("palette-trns.png", 0), ("bilevel.png", 0), ("small.png", 0), ("lossless.webp", 0),
            ("anim.gif", 0), ("photo.jpg", 3), ("rotated.jpg", 3),
        ] as [(String, Int)])
    func pixels(name: String, steps: Int) throws {
        let picture = try Picture.read(ExpectedValues.path(name))
        let expected = try ExpectedValues.shared.tensor("load-\(name)/1.0/image")
        #expect(largestDifference(picture.image.pixels, expected) <= Float(steps) / 255 + 1e-6)
    }

    @Test("alpha and palette transparency become a mask of 1 - alpha", arguments: ["rgba.png", "la.png", "palette-trns.png"])
    func masks(name: String) throws {
        let picture = try Picture.read(ExpectedValues.path(name))
        let mask = try #require(picture.transparency)
        #expect(largestDifference(mask.values, try ExpectedValues.shared.tensor("load-\(name)/1.1/mask")) <= 1e-6)
        #expect(!picture.isColorKeyed)
    }

    @Test(
        "a picture without alpha has no mask",
        arguments: [
            "rgb.png", "gray.png", "gray16.png", "rgb16.png", "palette.png", "lossless.webp", "anim.gif", "photo.jpg",
        ])
    func noMask(name: String) throws {
        #expect(try Picture.read(ExpectedValues.path(name)).transparency == nil)
    }

    @Test("16-bit grey says why it is white")
    func grey16Note() throws {
        #expect(try Picture.read(ExpectedValues.path("gray16.png")).notes.count == 1)
    }

    @Test("the kind is told by content, not by name")
    func unknownKind() throws {
        let error = #expect(throws: PictureError.self) {
            try Picture.read(bytes: Array("hello, this is text".utf8), name: "a.png")
        }
        #expect(error?.code == .unknownFormat)
        #expect(error?.description.contains("a.png, byte 0") == true)
        #expect(throws: PictureError.self) { try Picture.read(bytes: [], name: "empty.png") }
    }

    @Test("a missing file and a folder are named")
    func notAFile() {
        let missing = #expect(throws: PictureError.self) { try Picture.read("/nowhere/at/all.png") }
        #expect(missing?.code == .notFound)
        let folder = #expect(throws: PictureError.self) { try Picture.read("/") }
        #expect(folder?.code == .notReadable)
    }

    @Test(
        "damaged bytes give a picture or an error, never a crash",
        arguments: [
            "small.png", "palette-trns.png", "la.png", "photo.jpg", "rotated.jpg", "lossless.webp", "anim.gif",
        ])
    func damage(name: String) throws {
        let whole = try ExpectedValues.bytes(name)
        var state: UInt64 = 88_172_645_463_325_252
        for _ in 0..<150 {
            var bytes = whole
            for _ in 0..<3 {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                bytes[Int(state % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: state >> 32)
            }
            expectPictureOrReason(bytes, pixels: 1_000_000)
            do {
                _ = try PictureMetadata.read(bytes: bytes, name: name)
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
    }

    @Test("a header that promises far more pixels than the file can hold is refused before memory is taken")
    func bomb() throws {
        var bytes = try ExpectedValues.bytes("small.png")
        // IHDR: width and height become 9000 each; its checksum is made anew.
        for (index, byte) in [0, 0, 0x23, 0x28, 0, 0, 0x23, 0x28].enumerated() { bytes[16 + index] = UInt8(byte) }
        let checksum = crc32(bytes[12..<29])
        for index in 0..<4 { bytes[29 + index] = UInt8(truncatingIfNeeded: checksum >> (24 - 8 * UInt32(index))) }
        let error = #expect(throws: PictureError.self) { try Picture.read(bytes: bytes, name: "bomb.png") }
        #expect(error?.code == .truncated)
        #expect(error?.reason.contains("can't hold 9000 × 9000 pixels") == true)
    }

    @Test("a chunk that claims more than the file holds is refused before memory is taken, and texts before it are kept")
    func hugeChunk() throws {
        let metadata = PictureMetadata([.init(key: "prompt", text: "{}"), .init(key: "workflow", text: "[]")])
        var bytes = try PNGWriter.encode(Image(Tensor.zeros([1, 2, 2, 3])), metadata: metadata)
        let second = try #require(bytes.firstRange(of: Array("tEXtworkflow".utf8))).lowerBound
        bytes[second - 4] = 0x7F
        let error = #expect(throws: PictureError.self) { try Picture.read(bytes: bytes, name: "huge.png") }
        #expect(error?.code == .truncated)
        #expect(error?.offset == second - 4)
        #expect(try PictureMetadata.read(bytes: bytes, name: "huge.png").entries == [.init(key: "prompt", text: "{}")])
    }

    @Test("sizes beyond the limits are refused")
    func limits() throws {
        for name in ["rgb.png", "photo.jpg", "lossless.webp", "anim.gif"] {
            let error = #expect(throws: PictureError.self) {
                try Picture.read(bytes: ExpectedValues.bytes(name), name: name, limits: PictureLimits(pixels: 300))
            }
            #expect(error?.code == .tooLarge, "\(name)")
        }
        let frames = #expect(throws: PictureError.self) {
            try Picture.read(ExpectedValues.path("anim.gif"), limits: PictureLimits(frames: 2))
        }
        #expect(frames?.code == .tooLarge)
        let file = #expect(throws: PictureError.self) {
            try Picture.read(ExpectedValues.path("rgb.png"), limits: PictureLimits(fileBytes: 100))
        }
        #expect(file?.code == .tooLarge)
    }

    private func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 != 0 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}

/// What reading any bytes may come to: pixels within the limit, finite and between 0 and 1, or an error with a reason.
func expectPictureOrReason(_ bytes: [UInt8], pixels limit: Int) {
    do {
        let picture = try Picture.read(bytes: bytes, name: "damaged", limits: PictureLimits(pixels: limit))
        let image = picture.image
        #expect(image.batch * image.width * image.height <= limit)
        #expect(image.pixels.withFloats { $0.allSatisfy { (0...1).contains($0) } })
    } catch {
        #expect(!error.reason.isEmpty)
    }
}
