import Checkpoints
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

/// What decoding a picture costs in operations and memory, whole and in bands, as `StepCountTests` does for a U-Net's step.
///
/// Counted on the recipe `sd1-mini`: a way in of two convolutions, a middle of two residual blocks and one attention, four levels of
/// three residual blocks (one of them with a shortcut) with three upsamplings between them, a norm and a convolution as the way out.
@Suite("Counts of a decode")
struct DecodeCountTests {
    private static let whole: [TensorOperation.Kind: Int] = [
        // Two of each residual block, a shortcut, the upsamplings, the ways in and out.
        .convolution: 2 * 14 + 1 + 3 + 3,
        // Two of each residual block, attention, the way out.
        .groupNorm: 2 * 14 + 1 + 1,
        // Queries, keys and values together; the way out of attention.
        .linear: 2,
        .attention: 1,
        // From −1…1 to 0…1.
        .apply: 1,
    ]

    private static func counted(_ plan: VAEPlan) throws -> [TensorOperation.Kind: Int] {
        let counter = OperationCounter()
        var options = VAEOptions(store: WeightStore(budget: 1 << 30), operations: Operations(executor: counter))
        options.plan = plan
        _ = try VAETests.vae().decode(VAEBandTests.latent([1, 4, 12, 8]), options: options)
        return counter.take()
    }

    @Test("a whole decode runs exactly these operations")
    func operations() throws { #expect(try Self.counted(.whole) == Self.whole) }

    @Test("in bands of the whole height it runs the same, norms and attention in their banded forms")
    func oneBand() throws {
        let counts = try Self.counted(.bands(bands: 1 << 28, pictures: 1 << 28, keepsWeights: true))
        #expect(
            counts == [
                .convolutionRows: 35, .attentionPart: 1,
                // Queries are normed and projected apart from keys and values.
                .groupNormRows: 31, .linear: 3,
                .apply: 2,
            ])
    }

    @Test("bands of four rows of a picture of 96 run every operation through the same object")
    func narrowBands() throws {
        let counts = try Self.counted(VAEBandTests.tightest)
        // Rows of the levels: 12, 24, 48 and 96, in bands of four.
        #expect(counts[.convolutionRows, default: 0] > 24 * 7)
        #expect(Set(counts.keys) == [.convolutionRows, .groupNormRows, .attentionPart, .linear, .apply])
    }

    @Test("a whole decode takes exactly so many blocks of memory")
    func allocations() throws {
        var options = VAEOptions(store: WeightStore(budget: 1 << 30))
        options.plan = .whole
        let vae = try VAETests.vae(), latent = VAEBandTests.latent([1, 4, 12, 8])
        _ = try vae.decode(latent, options: options)
        let before = TensorMemory.allocations
        _ = try vae.decode(latent, options: options)
        let after = TensorMemory.allocations
        // A result for each operation but the norms that take the place of their input, and the latent with its channels last.
        let inPlace = 14 + 2 + 1
        let results = Self.whole.values.reduce(0, +) - inPlace + 1
        // Sums of each norm; the tiles of all convolutions but two of 1×1 and the last, which has three outputs.
        let work = 30 + 32
        #expect(after.blocks - before.blocks == results + work)
    }
}
