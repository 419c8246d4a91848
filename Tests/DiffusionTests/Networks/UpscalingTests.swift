import Problems
import Checkpoints
import GoldenSupport
import Pictures
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

@Suite("Upscaling")
struct UpscalingTests {
    @Test("pixel shuffle puts channel c·f² + dy·f + dx at (dy, dx), and is undone by its reverse")
    func shuffle() throws {
        let x = Tensor((0..<24).map(Float.init), shape: [1, 1, 2, 12])
        let y = try Operations().pixelShuffled(x, factor: 2)
        #expect(y.shape == [1, 2, 4, 3])
        #expect(y.floats[0..<6].elementsEqual([0, 4, 8, 1, 5, 9]))
        #expect(try Operations().pixelUnshuffled(y, factor: 2).hasSameBits(as: x))
    }

    @Test("mirrors without repeating the border")
    func mirror() throws {
        let x = Tensor([1, 2, 3], shape: [1, 1, 3, 1])
        #expect(try Operations().mirrorBeyond(x, below: 0, right: 2).floats == [1, 2, 3, 2, 1])
    }

    @Test(
        "every spelling is read",
        arguments: [("upscale-rrdb-new", 4), ("upscale-rrdb-old-x4", 4), ("upscale-rrdb-old-x2", 2), ("upscale-compact", 4)])
    func sizes(recipe: String, scale: Int) throws {
        let model = try UpscaleModel(CheckpointFile.open(RecipeModels.make(recipe)))
        let picture = Image(Tensor(repeating: 0.25, shape: [1, 3, 5, 3]))
        let large = try model.upscaled(picture)
        #expect(large.pixels.shape == [1, 3 * scale, 5 * scale, 3])
        #expect(large.pixels.minimum >= 0 && large.pixels.maximum <= 1)
    }

    @Test("networks for smaller factors look at blocks of pixels as channels")
    func unshuffled() throws {
        // The tensors of an x2 network of Real-ESRGAN's naming, tiny.
        var shapes: [String: [Int]] = ["conv_first.weight": [8, 12, 3, 3], "conv_last.weight": [3, 8, 3, 3]]
        for name in ["conv_body", "conv_up1", "conv_up2", "conv_hr"] { shapes[name + ".weight"] = [8, 8, 3, 3] }
        for dense in 1...3 {
            for number in 1...5 {
                shapes["body.0.rdb\(dense).conv\(number).weight"] = [number == 5 ? 8 : 4, 8 + 4 * (number - 1), 3, 3]
            }
        }
        let model = try UpscaleModel(MemorySource(shapes: shapes))
        let large = try model.upscaled(Image(Tensor(repeating: 0.5, shape: [1, 5, 6, 3])), store: WeightStore(budget: 1 << 20))
        #expect(large.pixels.shape == [1, 10, 12, 3])
    }

    @Test("says which networks it knows when the file is another one")
    func unknown() throws {
        let error = #expect(throws: NetworkError.self) { try UpscaleModel(MemorySource(shapes: ["layers.0.norm.weight": [3]])) }
        #expect(error?.code == .notRecognised)
    }
}
