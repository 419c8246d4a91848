import Problems
import Checkpoints
import GoldenSupport
import Pictures
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

@Suite("VAE in bands")
struct VAEBandTests {
    /// Everything in files, a band of four rows at a time, the weights of one layer.
    static let tightest = VAEPlan.bands(bands: 1, pictures: 0, keepsWeights: false)

    static let plans: [VAEPlan] = [
        tightest,
        .bands(bands: 60_000, pictures: 0, keepsWeights: true),
        .bands(bands: 200_000, pictures: 100_000, keepsWeights: false),
        .bands(bands: 1_000_000, pictures: 1 << 30, keepsWeights: true),
    ]

    static func options(_ plan: VAEPlan) -> VAEOptions {
        var options = VAEOptions(store: WeightStore(budget: 1 << 30))
        options.plan = plan
        return options
    }

    static func latent(_ shape: [Int]) -> Tensor {
        Tensor(shape: shape) { out in for index in out.indices { out[index] = Float((index * 29 + index / 5) % 64) / 16 - 2 } }
    }

    static func tiny() throws -> VAE {
        VAE(
            tinyEncoder: try CheckpointFile.open(RecipeModels.make("taesd-encoder")),
            tinyDecoder: try CheckpointFile.open(RecipeModels.make("taesd-decoder")), latentScale: 0.18215)
    }

    @Test(
        "decodes to the bits of the whole computation: odd sizes, batches, spilled or not",
        arguments: [[1, 4, 3, 5], [2, 4, 7, 4], [1, 4, 17, 13], [1, 4, 1, 1]], plans)
    func decoding(shape: [Int], plan: VAEPlan) throws {
        let latent = Self.latent(shape)
        for vae in [try VAETests.vae(), try Self.tiny()] {
            let whole = try vae.decode(latent, options: Self.options(.whole))
            let banded = try vae.decode(latent, options: Self.options(plan))
            #expect(banded.pixels.hasSameBits(as: whole.pixels))
        }
    }

    @Test(
        "encodes to the bits of the whole computation: odd sizes, batches, spilled or not",
        arguments: [(1, 24, 40), (2, 56, 33), (1, 104, 72), (1, 8, 8)], plans)
    func encoding(size: (batch: Int, height: Int, width: Int), plan: VAEPlan) throws {
        let one = VAETests.picture(height: size.height, width: size.width).pixels
        let picture = Image(Tensor.concatenated((0..<size.batch).map { one * (1 - Float($0) / 4) }, along: 0))
        for vae in [try VAETests.vae(), try Self.tiny()] {
            let whole = try vae.encode(picture, options: Self.options(.whole))
            #expect(try vae.encode(picture, options: Self.options(plan)).hasSameBits(as: whole))
        }
    }

    @Test("tiles, too, are computed to the same bits in bands")
    func tiles() throws {
        let vae = try VAETests.vae()
        let latent = Self.latent([1, 4, 12, 8])
        let whole = try vae.decodeTiled(latent, tile: 8, overlap: 2, options: Self.options(.whole))
        #expect(try vae.decodeTiled(latent, tile: 8, overlap: 2, options: Self.options(Self.tightest)).pixels.hasSameBits(as: whole.pixels))
    }

    @Test("little memory means bands, too little is refused with the amount that does")
    func planning() throws {
        let vae = try VAETests.vae()
        let network = try VAENetwork.decoder(
            LayerLoader(source: try #require(vae.source), store: WeightStore(budget: 0)), operations: Operations())
        let size = PictureSize(height: 96, width: 96)
        let result = network.output(of: size).pixels * 12
        let least = network.leastBytes(size, result: result)
        #expect(network.plan(size, bytes: 1 << 40, result: result) == .whole)
        #expect(network.plan(size, bytes: least - 1, result: result) == nil)
        guard case .bands(let bands, let pictures, let keepsWeights) = network.plan(size, bytes: least, result: result) else {
            Issue.record("no bands")
            return
        }
        #expect(bands > 0 && pictures >= 0 && !keepsWeights)
        #expect(least < network.wholeBytes(size) / 4)
        // The least grows with the width alone.
        let taller = network.leastBytes(PictureSize(height: 960, width: 96), result: result)
        #expect(taller == least)

        let error = #expect(throws: NetworkError.self) {
            try vae.decode(Self.latent([1, 4, 96, 96]), options: VAEOptions(memoryLimit: 10_000))
        }
        #expect(error?.code == .notEnoughMemory)
        #expect(error?.reason.hasPrefix("decoding 768×768 pixels needs at least ") == true)
        #expect(error?.hint?.contains("--memory ") == true)
    }

    @Test("weights are read layer by layer where they don't fit, and let go")
    func weights() throws {
        let vae = try VAETests.vae()
        let latent = Self.latent([1, 4, 48, 48])
        let options = Self.options(.bands(bands: 600_000, pictures: 0, keepsWeights: false))
        _ = try vae.decode(latent, options: options)
        #expect(options.store.byteCount == 0)
        #expect(options.store.counters.packed > 20)
    }

    @Test("bands have the same bits for any number of threads")
    func threads() throws {
        defer { ComputeThreads.set(nil) }
        let vae = try VAETests.vae()
        let latent = Self.latent([1, 4, 9, 14])
        let whole = try vae.decode(latent, options: Self.options(.whole))
        for count in [1, 2, 5] {
            ComputeThreads.set(count)
            for plan in [Self.tightest, .bands(bands: 90_000, pictures: 1 << 20, keepsWeights: true)] {
                #expect(try vae.decode(latent, options: Self.options(plan)).pixels.hasSameBits(as: whole.pixels), "\(count), \(plan)")
            }
        }
    }

    @Test("stops between bands, in both directions")
    func stopping() throws {
        let vae = try VAETests.vae()
        for plan in [VAEPlan.whole, Self.tightest] {
            let options = Self.options(plan)
            try expectStoppable("decoding, \(plan)", askingAtLeast: 7) { _ = try vae.decode(Self.latent([1, 4, 8, 8]), options: options) }
            try expectStoppable("encoding, \(plan)", askingAtLeast: 7) {
                _ = try vae.encode(VAETests.picture(height: 64, width: 64), options: options)
            }
        }
    }
}
