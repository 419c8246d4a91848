import Cancellations
import Pictures
import Tensors
import Testing

@Suite("Stopping picture operations")
struct StoppingTests {
    private static let image = Image(Tensor((0..<40 * 30 * 3).map { Float($0 * 7 % 251) / 250 }, shape: [1, 40, 30, 3]))
    private static let mask = Mask(Tensor((0..<40 * 30).map { $0 % 37 == 0 ? 1 : 0 }, shape: [1, 40, 30]))

    private struct Operation: Sendable {
        let name: String
        /// How often it asks at least: about once a row, for each pass.
        let least: Int
        let run: @Sendable () throws -> Void

        init(_ name: String, _ least: Int, _ run: @escaping @Sendable () throws -> Void) {
            (self.name, self.least, self.run) = (name, least, run)
        }
    }

    private static let resamplings = [Resampling.nearestExact, .bilinear, .area, .bicubic, .lanczos, .bislerp].map { method in
        Operation("\(method)", 60) { _ = try image.resized(width: 50, height: 60, by: method) }
    }

    private static let others = [
        Operation("antialiased", 40) { _ = try image.pixels.antialiased(width: 20, height: 20) },
        Operation("blur", 80) { _ = try image.pixels.blurred(GaussianKernel(radius: 5, sigma: 0.4)) },
        Operation("sharpen", 80) { _ = try image.pixels.sharpened(GaussianKernel(radius: 3, sigma: 0.4), amount: 0.5) },
        Operation("dilate", 80) { _ = try image.pixels.dilated(7) },
        Operation("top hat", 160) { _ = try MorphologyOperation.topHat.apply(to: image, kernel: 5) },
        Operation("grow", 6) { _ = try mask.grown(by: 6, tapered: true) },
        Operation("edges", 160) { _ = try image.edges(low: 0.2, high: 0.6) },
        Operation("few colours", 40) { _ = try image.quantized(colours: 8, dithering: .floydSteinberg) },
        Operation("pattern", 40) { _ = try image.quantized(colours: 8, dithering: .bayer4) },
        Operation("stitch", 40) {
            let wide = try image.resized(width: 44, height: 40, by: .area)
            _ = try image.stitched(with: wide, at: .down, matchingSize: true, spacing: 0, colour: (0, 0, 0))
        },
        Operation("blend", 40) {
            _ = try image.blended(with: image.resized(width: 20, height: 20, by: .area), mode: .screen, amount: 1)
        },
    ]

    @Test("each asks at every row and stops wherever it is told to")
    func all() throws {
        for operation in Self.resamplings + Self.others {
            let whole = Cancellation(afterChecks: .max)
            try whole.whileCurrent(operation.run)
            #expect(whole.checks >= operation.least, "\(operation.name) asks \(whole.checks) times")
            for place in stride(from: 0, to: whole.checks, by: max(1, whole.checks / 12)) {
                #expect(throws: CancellationError.self, "\(operation.name) at \(place) of \(whole.checks)") {
                    try Cancellation(afterChecks: place).whileCurrent(operation.run)
                }
            }
        }
    }

    @Test("reading and writing a picture ask at every row, too")
    func codecs() throws {
        let bytes = try PNGWriter.encode(Self.image)
        let works: [(name: String, run: () throws -> Void)] = [
            ("encode", { _ = try PNGWriter.encode(Self.image) }), ("read", { _ = try Picture.read(bytes: bytes, name: "p") }),
            ("animation", { _ = try AnimationWriter.png(Self.image, milliseconds: 10) }),
        ]
        for work in works {
            let whole = Cancellation(afterChecks: .max)
            try whole.whileCurrent(work.run)
            #expect(whole.checks >= 40, "\(work.name) asks \(whole.checks) times")
            for place in stride(from: 0, to: whole.checks, by: 7) {
                #expect(throws: (any Error).self, "\(work.name) at \(place)") {
                    try Cancellation(afterChecks: place).whileCurrent(work.run)
                }
            }
        }
    }
}
