import Problems
import Tensors
import Testing

@testable import Diffusion
@testable import Samplers

@Suite("Pictures beside the latent")
struct EditedPictureTests {
    static func frame(inputChannels: Int) -> ConditioningFrame {
        ConditioningFrame(
            shape: [2, 4, 3, 5], sampling: ModelSampling(.sd1), inputChannels: inputChannels, latent: .zeros([2, 4, 3, 5]),
            noiseMask: nil, latentScale: 0.18215)
    }

    static let picture = Conditioning.Inpainting(
        latent: Tensor((0..<60).map(Float.init), shape: [1, 4, 3, 5]), mask: Tensor(repeating: 1, shape: [1, 3, 5]))

    @Test("a network that edits pictures by instruction gets the picture's latent as the VAE gave it, or nothing")
    func instruction() throws {
        let frame = Self.frame(inputChannels: 8)
        let channels = try #require(try frame.extraChannels(Self.picture))
        #expect(channels.shape == [2, 4, 3, 5])
        #expect(channels.item(1).hasSameBits(as: Self.picture.latent))
        #expect(try frame.extraChannels(nil)?.isZero == true)
    }

    @Test("an inpainting network gets mask and latent in the model's scale; others get nothing, odd ones are refused")
    func others() throws {
        let channels = try #require(try Self.frame(inputChannels: 9).extraChannels(Self.picture))
        #expect(channels.shape == [2, 5, 3, 5])
        #expect(channels.narrowed(1, from: 0, count: 1).minimum == 1)
        #expect(channels.item(0).narrowed(1, from: 1, count: 4).hasSameBits(as: Self.picture.latent * 0.18215))
        #expect(try Self.frame(inputChannels: 4).extraChannels(Self.picture) == nil)
        #expect(throws: SamplingError.self) { try Self.frame(inputChannels: 7).extraChannels(nil) }
    }

    @Test("a run of such a network starts from a latent of four channels and gives one")
    func run() throws {
        let network = ToyNetwork(inputChannels: 8)
        let result = try SamplingRun.toy(.single(conditioning(text(3))), network).prediction()
        #expect(network.calls.map(\.shape) == [[1, 8, 8, 8]])
        #expect(result.shape == [1, 4, 8, 8])
    }
}
