import Tensors
import Testing

@testable import Pictures

@Suite("Writing pictures") struct WritingTests {
    @Test("what is written comes back, for 1 to 4 channels", arguments: 1...4)
    func roundTrip(channels: Int) throws {
        let values = (0..<7 * 5 * channels).map { Float($0 * 37 % 256) / 255 }
        let image = Image(Tensor(values, shape: [1, 5, 7, channels]))
        let back = try Picture.read(bytes: PNGWriter.encode(image), name: "a.png")
        let colours = channels < 3 ? 1 : 3
        for pixel in 0..<35 {
            for channel in 0..<colours {
                #expect(back.image.pixels.floats[pixel * 3 + channel] == values[pixel * channels + channel])
            }
        }
        #expect((back.transparency != nil) == (channels % 2 == 0))
    }

    @Test("values are truncated, not rounded, and limited")
    func truncation() {
        let bytes = Tensor([-0.5, 0, 0.5, 0.999, 1, 1.5, .nan, .infinity]).quantizedToBytes()
        #expect(bytes == [0, 0, 127, 254, 255, 255, 0, 255])
    }

    @Test("texts come back, whatever their characters")
    func texts() throws {
        let metadata = PictureMetadata([
            .init(key: "prompt", text: #"{"1": {"class_type": "KSampler"}}"#),
            .init(key: "workflow", text: "café"), .init(key: "title", text: "дом 🏠"),
        ])
        let bytes = try PNGWriter.encode(Image(Tensor.zeros([1, 2, 2, 3])), metadata: metadata)
        #expect(try PictureMetadata.read(bytes: bytes, name: "x") == metadata)
        #expect(try Picture.read(bytes: bytes, name: "x").metadata == metadata)
        #expect(bytes.firstRange(of: Array("tEXtprompt".utf8)) != nil)
        #expect(bytes.firstRange(of: Array("iTXttitle".utf8)) != nil)
    }

    @Test("a text longer than the limit is left out, the picture still loads")
    func longText() throws {
        let metadata = PictureMetadata([.init(key: "prompt", text: String(repeating: "x", count: 100_000))])
        let bytes = try PNGWriter.encode(Image(Tensor.zeros([1, 2, 2, 3])), metadata: metadata)
        let limits = PictureLimits(textBytes: 50_000)
        #expect(try Picture.read(bytes: bytes, name: "x", limits: limits).metadata.entries.isEmpty)
        #expect(try Picture.read(bytes: bytes, name: "x").metadata.prompt?.utf8.count == 100_000)
    }

    @Test("the same picture always gives the same bytes")
    func deterministic() throws {
        let image = try Picture.read(ExpectedValues.path("rgb.png")).image
        #expect(try PNGWriter.encode(image) == PNGWriter.encode(image))
    }

    @Test("a name of a text that PNG can't hold is refused")
    func badKey() {
        let metadata = PictureMetadata([.init(key: String(repeating: "k", count: 80), text: "x")])
        let error = #expect(throws: PictureError.self) {
            try PNGWriter.encode(Image(Tensor.zeros([1, 2, 2, 3])), metadata: metadata)
        }
        #expect(error?.code == .notWritable)
    }
}
