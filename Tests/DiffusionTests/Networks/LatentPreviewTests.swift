import Checkpoints
import Pictures
import Tensors
import Testing

@testable import Diffusion

@Suite("Latent preview")
struct LatentPreviewTests {
    @Test("a latent of zeros is grey, one of other channels has no preview")
    func grey() throws {
        let image = try #require(LatentPreview.image(of: .zeros([2, 4, 3, 5]), family: .sd1))
        #expect(image.pixels.shape == [2, 3, 5, 3])
        #expect(image.pixels.floats.allSatisfy { $0 == 0.5 })
        #expect(LatentPreview.image(of: .zeros([1, 16, 3, 5]), family: .sd1) == nil)
    }

    @Test("values stay between 0 and 1")
    func range() throws {
        let image = try #require(LatentPreview.image(of: Tensor(repeating: 100, shape: [1, 4, 1, 1]), family: .sdxl))
        #expect(image.pixels.minimum >= 0 && image.pixels.maximum <= 1)
    }
}
