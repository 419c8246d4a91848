import Cancellations
import Pictures
import Tensors
import Testing

@Suite("Large pictures, packed in bands of rows") struct BandedWritingTests {
    /// Smooth and noisy parts, so that every filter has its rows.
    private static func pixels(_ width: Int, _ height: Int, _ channels: Int) -> [UInt8] {
        var state: UInt32 = 1
        return (0..<width * height * channels).map { index in
            let (y, x) = (index / channels / width, index / channels % width)
            state = state &* 1_664_525 &+ 1_013_904_223
            let noise = y / 64 % 2 == 0 ? 0 : Int(state >> 28)
            return UInt8(truncatingIfNeeded: x / 8 + y / 4 + noise + index % channels * 40)
        }
    }

    @Test("pixels and texts come back, whatever the number of channels", arguments: 1...4)
    func roundTrip(channels: Int) throws {
        let (width, height) = (1100, 13_000 / channels)
        let pixels = Self.pixels(width, height, channels)
        let texts = PictureMetadata([.init(key: "prompt", text: "a fox"), .init(key: "title", text: "ž 狐")])
        let bytes = try PNGWriter.encode(bytes: pixels, width: width, height: height, channels: channels, metadata: texts)
        let picture = try Picture.read(bytes: bytes, name: "p")
        #expect(picture.metadata["prompt"] == "a fox" && picture.metadata["title"] == "ž 狐")
        #expect([picture.image.width, picture.image.height] == [width, height])
        let read = picture.image.pixels.floats
        let colours = channels >= 3 ? 3 : 1
        var wrong = 0
        for pixel in stride(from: 0, to: width * height, by: 7) {
            for colour in 0..<colours where UInt8((read[pixel * 3 + colour] * 255).rounded()) != pixels[pixel * channels + colour] {
                wrong += 1
            }
        }
        #expect(wrong == 0)
    }

    @Test("the bytes don't depend on the number of threads")
    func threads() throws {
        let pixels = Self.pixels(1500, 3000, 3)
        let all = try PNGWriter.encode(bytes: pixels, width: 1500, height: 3000, channels: 3)
        let before = ComputeThreads.count
        defer { ComputeThreads.set(before) }
        for count in [1, 3] {
            ComputeThreads.set(count)
            #expect(try PNGWriter.encode(bytes: pixels, width: 1500, height: 3000, channels: 3) == all)
        }
    }

    @Test("it stops in the middle")
    func stopping() {
        let pixels = Self.pixels(1500, 3000, 3)
        #expect(throws: PictureError.self) {
            try Cancellation(afterChecks: 100).whileCurrent {
                try PNGWriter.encode(bytes: pixels, width: 1500, height: 3000, channels: 3)
            }
        }
    }
}
