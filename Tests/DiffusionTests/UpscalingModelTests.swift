import Checkpoints
import Foundation
import GoldenSupport
import Tensors
import Testing

@testable import Diffusion
@testable import Networks
@testable import Samplers

/// Whole runs by diffusers' UNet2DConditionModel (PyTorch 2.13, float32), walked by Euler's method in a few lines, with the recipe model
/// `upscaler-x4-mini`: seven channels, a table of noise levels, three levels that look at the text alone.
@Suite("The ×4 upscaler")
struct UpscalingModelTests {
    static let values: @Sendable (String) throws -> Tensor = { name in
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return try SafetensorsFile(path: folder.appending(path: "Data/x4.safetensors").path).tensor(named: name)
    }

    private static func latent(_ name: String, noise: Double, seed: UInt64, sizes: [Int] = [10, 14]) throws -> Tensor {
        let model = try Model(Reference.checkpoint("upscaler-x4-mini"))
        #expect(model.family == .upscalerX4)
        let pixels = try TensorRecipe(name: "picture", shape: [1, 10, 14, 3], mean: 0.5, scale: 0.5).tensor(salt: "x4 ")
        let sides = try ["positive", "negative"].map { side in
            var entry = Conditioning.Entry(embedding: try TensorRecipe(name: side, shape: [1, 77, 128]).tensor(salt: "x4 "))
            entry.upscaling = UpscaleConditioning(
                picture: pixels.map { $0 * 2 - 1 }.channelsFirst(), noiseAugmentation: noise)
            return Conditioning([entry])
        }
        let guider = Guider(model: model, guidance: .classifierFree(positive: sides[0], negative: sides[1], cfg: 3))
        return try SamplingRun(guider).sample(
            Latent(samples: .zeros([1, 4] + sizes)), noise: .random(seed: seed), seed: seed, sampler: .named("euler"),
            sigmas: values(name + "/sigmas").floats
        ).latent.samples
    }

    @Test("runs with the picture as it is and with a noised one, on the upscaler's own noise levels")
    func runs() throws {
        try expectClose(Self.latent("x4-plain", noise: 0, seed: 4), Self.values("x4-plain/latent"), within: 1e-3)
        try expectClose(Self.latent("x4-noised", noise: 0.25, seed: 6), Self.values("x4-noised/latent"), within: 1e-3)
    }

    @Test("a picture of another size is fitted to the latent")
    func otherSize() throws {
        #expect(try Self.latent("x4-plain", noise: 0, seed: 4, sizes: [8, 16]).shape == [1, 4, 8, 16])
    }

    @Test("a noise level that isn't in the table is refused")
    func level() throws {
        let network = try Model(Reference.checkpoint("upscaler-x4-mini")).network(store: WeightStore(budget: 1 << 30))
        for label in [nil, Tensor([1000], shape: [1, 1]), Tensor([-1], shape: [1, 1])] {
            let call = NetworkCall(
                x: .zeros([1, 7, 8, 8]), timesteps: [1], context: .zeros([1, 3, 128]), label: label, sigma: 1, sides: [.positive])
            #expect(throws: NetworkError.self) { try network.predict(call) }
        }
    }
}
