import Checkpoints
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

/// What one step of a U-Net costs in operations and memory: a change that computes something twice, copies something, or gives up
/// a fused step shows here, on any machine and whatever else it does.
///
/// Counted on the recipe `sd1-mini`: 22 residual blocks (13 of them with a convolution as shortcut), 16 spatial transformers of one
/// block each, 3 downsamplings, 3 upsamplings, a first and a last convolution.
@Suite("Counts of a step")
struct StepCountTests {
    /// What every step runs.
    private static let step: [TensorOperation.Kind: Int] = [
        // Two for each residual block, its shortcut, the samplings, the ends.
        .convolution: 2 * 22 + 13 + 3 + 3 + 2,
        // Two for each residual block, one for each transformer, the end.
        .groupNorm: 2 * 22 + 16 + 1,
        .layerNorm: 3 * 16,
        // The time embedding; its share of each residual block; of each transformer the ways in and out, queries with keys and values,
        // the queries to the text, two ways out of attention, and the contraction.
        .linear: 2 + 22 + 7 * 16,
        .gatedLinear: 16,
        .attention: 2 * 16,
        // SiLU of the time embedding; everything else is fused.
        .activate: 1,
        // Channels last, and first again. Nothing is joined, nothing is added by itself.
        .permute: 2,
    ]

    @Test("a step runs exactly these operations, the first one keys and values of the text beside them")
    func operations() throws {
        let counter = OperationCounter()
        let network = try Model(Reference.checkpoint()).network(operations: Operations(executor: counter))
        let call = try Reference.call("unet")
        _ = try network.predict(call)
        #expect(counter.take() == Self.step.merging([.linear: 16], uniquingKeysWith: +))
        _ = try network.predict(call)
        #expect(counter.take() == Self.step)
    }

    @Test("a step takes exactly so many blocks of memory, and so many bytes")
    func allocations() throws {
        let network = try Model(Reference.checkpoint()).network()
        let call = try Reference.call("unet")
        _ = try network.predict(call)
        let before = TensorMemory.allocations
        _ = try network.predict(call)
        let after = TensorMemory.allocations
        // A result for each operation but the second norm of a residual block, which takes the place of its input.
        let results = Self.step.values.reduce(0, +) - 22
        // Sums of each group norm; the tiles of 11 convolutions that are large enough for Winograd's way; the waves of the timestep.
        let work = 61 + 11 + 1
        #expect(after.blocks - before.blocks == results + work)
        #expect(after.bytes - before.bytes == 4_116_736)
    }
}
