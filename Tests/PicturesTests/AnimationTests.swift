import Tensors
import Testing

@testable import Pictures

@Suite("Animations") struct AnimationTests {
    /// Bytes as they are, so that they survive.
    private func frames(_ count: Int, channels: Int = 3) -> Image {
        let values = (0..<count * 6 * 5 * channels).map { Float($0 * 53 % 256) / 255 }
        return Image(Tensor(values, shape: [count, 6, 5, channels]))
    }

    private let metadata = PictureMetadata([
        .init(key: "prompt", text: #"{"1": {"class_type": "SaveAnimatedPNG"}}"#), .init(key: "workflow", text: #"{"nodes": []}"#),
    ])

    @Test("an animated PNG comes back frame by frame, with its texts", arguments: [1, 2, 5])
    func png(count: Int) throws {
        let image = frames(count)
        let bytes = try AnimationWriter.png(image, milliseconds: 100, metadata: metadata)
        let picture = try Picture.read(bytes: bytes, name: "a.png")
        #expect(largestDifference(picture.image.pixels, image.pixels) < 1e-6)
        #expect(picture.transparency == nil)
        #expect(picture.metadata == metadata)
        #expect(try PictureMetadata.read(bytes: bytes, name: "a.png") == metadata)
        // Who knows no animations sees the first frame.
        let still = try PNGReader.readStill(bytes, name: "a.png", limits: .standard)
        #expect(largestDifference(still.image.pixels, image.pixels.item(0)) < 1e-6)
    }

    @Test("an animated WebP comes back frame by frame, with its texts", arguments: [1, 3])
    func webp(count: Int) throws {
        let image = frames(count)
        let settings = AnimationWriter.WebPSettings(isLossless: true, quality: 80, method: 4)
        let bytes = try AnimationWriter.webp(image, milliseconds: 166, settings: settings, metadata: metadata)
        let picture = try Picture.read(bytes: bytes, name: "a.webp")
        #expect(largestDifference(picture.image.pixels, image.pixels) < 1e-6)
        #expect(try PictureMetadata.read(bytes: bytes, name: "a.webp").prompt == metadata.prompt)
        #expect(picture.metadata.workflow == metadata.workflow)
    }

    @Test("frames with alpha become masks")
    func alpha() throws {
        let bytes = try AnimationWriter.png(frames(3, channels: 4), milliseconds: 100)
        let picture = try Picture.read(bytes: bytes, name: "a.png")
        #expect(picture.transparency?.values.shape == [3, 6, 5])
    }

    @Test("a part of a frame is drawn over what was there, and taken back where the file says so")
    func canvas() throws {
        var canvas = FrameCanvas(width: 2, height: 1)
        canvas.clear()
        canvas.draw([10, 20, 30, 255, 1, 2, 3, 0], in: .init(x: 0, y: 0, width: 2, height: 1), over: true)
        #expect(canvas.pixels == [10, 20, 30, 255, 0, 0, 0, 0])
        canvas.draw([110, 120, 130, 128], in: .init(x: 0, y: 0, width: 1, height: 1), over: true)
        #expect(Array(canvas.pixels.prefix(4)) == [60, 70, 80, 255])
        canvas.draw([1, 2, 3, 0], in: .init(x: 0, y: 0, width: 1, height: 1), over: false)
        #expect(Array(canvas.pixels.prefix(4)) == [1, 2, 3, 0])
        #expect(!FrameCanvas.Area(x: 1, y: 0, width: 2, height: 1).fits(width: 2, height: 1))
        #expect(!FrameCanvas.Area(x: Int.max, y: 0, width: 1, height: 1).fits(width: 2, height: 1))
    }

    @Test("damaged animations give a picture or an error, never a crash")
    func damage() throws {
        let png = try AnimationWriter.png(frames(3, channels: 4), milliseconds: 100, metadata: metadata)
        let settings = AnimationWriter.WebPSettings(isLossless: false, quality: 50, method: 0)
        let webp = try AnimationWriter.webp(frames(3), milliseconds: 100, settings: settings, metadata: metadata)
        var state: UInt64 = 1
        for whole in [png, webp] {
            for _ in 0..<300 {
                var bytes = whole
                for _ in 0..<2 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
                }
                expectPictureOrReason(bytes, pixels: 100_000)
                expectPictureOrReason(Array(bytes.prefix(Int(state >> 33) % bytes.count)), pixels: 100_000)
            }
        }
    }

    @Test("a WebP of too many channels or pixels is refused with a reason")
    func refused() {
        let settings = AnimationWriter.WebPSettings(isLossless: true, quality: 80, method: 4)
        for image in [frames(1, channels: 2), Image(Tensor.zeros([1, 1, 20_000, 3]))] {
            let error = #expect(throws: PictureError.self) {
                try AnimationWriter.webp(image, milliseconds: 100, settings: settings)
            }
            #expect(error?.code == .notWritable)
        }
    }
}
