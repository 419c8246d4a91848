import Tensors
import Testing

@testable import Pictures

@Suite("Picture operations") struct OperationsTests {
    private func image() throws -> Image { try Picture.read(ExpectedValues.path("rgb.png")).image }

    @Test("a blur of a flat picture leaves it, and sharpening too")
    func flat() throws {
        let flat = Tensor(repeating: 0.25, shape: [1, 9, 7, 3])
        let kernel = GaussianKernel(radius: 3, sigma: 0.7)
        #expect(try largestDifference(flat.blurred(kernel), flat) < 1e-6)
        #expect(try largestDifference(flat.sharpened(kernel, amount: 0.8), flat) < 1e-5)
    }

    @Test("a blur mirrors at the border without repeating the last pixel")
    func mirror() throws {
        let line = Tensor([1, 0, 0, 0, 0, 0], shape: [1, 2, 3, 1])
        // A very wide Gaussian is the mean of three: rows 1 0 0 and 0 0 0, mirrored to 0 1 0 0 and so on.
        let wide = try line.blurred(GaussianKernel(radius: 1, sigma: 1000)).floats
        #expect(abs(wide[0] - 1 / 9) < 1e-5)
        #expect(abs(wide[1] - 1 / 9) < 1e-5)
        #expect(abs(wide[2]) < 1e-5)
        #expect(abs(wide[3] - 2 / 9) < 1e-5)
    }

    @Test("turning four times by a quarter, or mirroring twice, changes nothing")
    func turning() throws {
        let pixels = try image().pixels
        var turned = pixels
        for _ in 0..<4 { turned = turned.turned(quarters: 1, rows: 1) }
        #expect(turned.hasSameBits(as: pixels))
        #expect(pixels.turned(quarters: 1, rows: 1).turned(quarters: 3, rows: 1).hasSameBits(as: pixels))
        #expect(pixels.flipped(2).flipped(2).hasSameBits(as: pixels))
        // Clockwise: the left column becomes the top row.
        let small = Tensor([1, 2, 3, 4], shape: [1, 2, 2, 1])
        #expect(small.turned(quarters: 1, rows: 1).floats == [3, 1, 4, 2])
    }

    @Test("what lies over the border isn't composited, and nothing is outside")
    func compositing() throws {
        let below = Tensor.zeros([1, 3, 3, 1])
        let above = Tensor(repeating: 1, shape: [1, 2, 2, 1])
        #expect(try below.composited(above, x: 2, y: 2, channels: .last).floats == [0, 0, 0, 0, 0, 0, 0, 0, 1])
        #expect(try below.composited(above, x: 3, y: 0, channels: .last).isZero)
        let mask = Tensor([0.5, 0, 1, 0], shape: [1, 2, 2])
        let masked = try below.composited(above, mask: mask, x: 0, y: 0, channels: .last)
        #expect(masked.floats == [0.5, 0, 0, 1, 0, 0, 0, 0, 0])
        let planes = try below.reshaped([1, 1, 3, 3])
            .composited(above.reshaped([1, 1, 2, 2]), mask: mask, x: 0, y: 0, channels: .first)
        #expect(planes.floats == masked.floats)
    }

    @Test("dilation and erosion are mirror images, and a tapered mask grows a diamond")
    func morphology() throws {
        let pixels = try image().pixels
        #expect(try largestDifference(pixels.dilated(3), -((-pixels).eroded(3))) == 0)
        var values = [Float](repeating: 0, count: 49)
        values[24] = 1
        let dot = Mask(Tensor(values, shape: [1, 7, 7]))
        #expect(try dot.grown(by: 2, tapered: true).values.sum == 13)
        #expect(try dot.grown(by: 2, tapered: false).values.sum == 25)
        #expect(try dot.grown(by: 2, tapered: false).grown(by: -2, tapered: false).values.hasSameBits(as: dot.values))
        #expect(try dot.grown(by: 100_000, tapered: true).values.minimum == 1)
    }

    @Test("a step gives one line of edges")
    func edges() throws {
        let step = Image(Tensor((0..<8 * 8 * 3).map { $0 / 3 % 8 < 4 ? 0 : 1 }, shape: [1, 8, 8, 3]))
        let edges = try step.edges(low: 0.4, high: 0.8).pixels.floats
        for row in 0..<8 { #expect((0..<8).reduce(0) { $0 + edges[(row * 8 + $1) * 3] } == 1) }
        #expect(try Image(Tensor(repeating: 0.3, shape: [1, 8, 8, 3])).edges(low: 0.1, high: 0.2).pixels.isZero)
    }

    @Test("as many colours as asked for, at most", arguments: Dithering.allCases)
    func quantization(dithering: Dithering) throws {
        let pixels = try image().quantized(colours: 5, dithering: dithering).pixels.quantizedToBytes()
        let colours = Set(stride(from: 0, to: pixels.count, by: 3).map { Array(pixels[$0..<$0 + 3]) })
        #expect(colours.count <= 5 && colours.count > 1)
        let one = try image().quantized(colours: 1, dithering: dithering).pixels
        #expect(one.minimum < one.maximum || one.count > 0)
    }

    @Test("a picture of few colours keeps them")
    func fewColours() throws {
        let values: [Float] = (0..<48).map { [0, 51, 102, 255][$0 / 12] / 255 }
        let image = Image(Tensor(values, shape: [1, 4, 4, 3]))
        #expect(try largestDifference(image.quantized(colours: 8, dithering: .none).pixels, image.pixels) < 1e-6)
    }

    @Test("YUV and back is the picture")
    func yuv() throws {
        let image = try image()
        let planes = image.yuvPlanes()
        let back = Image.fromYUV(y: planes.y, u: planes.u, v: planes.v)
        #expect(largestDifference(back.pixels, image.pixels) < 1e-5)
    }

    @Test("the mask of a padded picture is 1 outside and fades from the sides that grew")
    func outpainting() throws {
        let image = Image(Tensor.zeros([1, 10, 10, 3]))
        let padded = image.paddedForOutpainting(left: 2, top: 0, right: 0, bottom: 0, feathering: 4)
        #expect(padded.image.pixels.shape == [1, 10, 12, 3])
        let row = Array(padded.mask.values.floats.prefix(12))
        #expect(row == [1, 1, 1, 0.5625, 0.25, 0.0625, 0, 0, 0, 0, 0, 0])
        let unfaded = image.paddedForOutpainting(left: 2, top: 0, right: 0, bottom: 0, feathering: 5)
        #expect(unfaded.mask.values.sum == 20)
    }

    @Test("stitched pictures share the longer side, and a space is made even")
    func stitching() throws {
        let small = Image(Tensor(repeating: 1, shape: [1, 4, 6, 3]))
        let large = Image(Tensor(repeating: 0.5, shape: [2, 8, 8, 4]))
        let plain = try small.stitched(with: large, at: .right, matchingSize: false, spacing: 3, colour: (1, 0, 0))
        #expect(plain.pixels.shape == [2, 8, 18, 4])
        let matched = try small.stitched(with: large, at: .down, matchingSize: true, spacing: 0, colour: (0, 0, 0))
        #expect(matched.pixels.shape == [2, 10, 6, 4])
    }

    @Test(
        "over and under: coverage of each mode follows the paper",
        arguments: [
            (PorterDuffMode.sourceOver, 0.75), (.sourceIn, 0.25), (.sourceOut, 0.25), (.xor, 0.5), (.clear, 0),
        ] as [(PorterDuffMode, Float)])
    func porterDuff(mode: PorterDuffMode, coverage: Float) throws {
        #expect(mode.alpha(0.5, 0.5) == coverage)
    }
}
