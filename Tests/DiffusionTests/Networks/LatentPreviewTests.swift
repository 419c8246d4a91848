import Checkpoints
import Pictures
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

@Suite("Latent preview")
struct LatentPreviewTests {
    @Test("a latent of zeros is grey, one of other channels has no preview")
    func grey() throws {
        let image = try #require(LatentPreview.image(of: .zeros([2, 4, 3, 5]), format: ModelFamily.sd1.latents))
        #expect(image.pixels.shape == [2, 3, 5, 3])
        #expect(image.pixels.floats.allSatisfy { $0 == 0.5 })
        #expect(LatentPreview.image(of: .zeros([1, 16, 3, 5]), format: ModelFamily.sd1.latents) == nil)
    }

    /// The figures that ComfyUI, and whoever followed it, publishes.
    @Test(
        "channels count as published",
        arguments: [
            (
                .sd1, [[0.3512, 0.2297, 0.3227], [0.3250, 0.4974, 0.2350], [-0.2829, 0.1762, 0.2721], [-0.2120, -0.2616, -0.7177]],
                [0, 0, 0]
            ),
            (
                .sdxl, [[0.3651, 0.4232, 0.4341], [-0.2533, -0.0042, 0.1068], [0.1076, 0.1111, -0.0362], [-0.3165, -0.2492, -0.2188]],
                [0.1084, -0.0175, -0.0011]
            ),
            (
                .upscalerX4,
                [[-0.2340, -0.3863, -0.3257], [0.0994, 0.0885, -0.0908], [-0.2833, -0.2349, -0.3741], [0.2523, -0.0055, -0.1651]],
                [0, 0, 0]
            ),
        ] as [(ModelFamily, [[Float]], [Float])])
    func factors(family: ModelFamily, factors: [[Float]], bias: [Float]) throws {
        for (channel, colors) in factors.enumerated() {
            let latent = Tensor((0..<4).map { $0 == channel ? 1 : 0 }, shape: [1, 4, 1, 1])
            let pixel = try #require(LatentPreview.image(of: latent, format: family.latents)).pixels.floats
            for color in 0..<3 { #expect(abs(pixel[color] - (colors[color] + bias[color] + 1) / 2) < 1e-6) }
        }
    }

    @Test("values stay between 0 and 1")
    func range() throws {
        let image = try #require(LatentPreview.image(of: Tensor(repeating: 100, shape: [1, 4, 1, 1]), format: ModelFamily.sdxl.latents))
        #expect(image.pixels.minimum >= 0 && image.pixels.maximum <= 1)
    }
}
