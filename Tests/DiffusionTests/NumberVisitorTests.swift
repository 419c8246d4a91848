import Checkpoints
import Pictures
import Tensors
import Testing

@testable import Descriptions
@testable import Diffusion
@testable import Networks

@Suite("Numbers that are none") struct NumberVisitorTests {
    @Test("are found in whatever tensor of a value they are, with its name")
    func values() {
        #expect(Latent(samples: .zeros([1, 4, 2, 2])).firstNotFinite() == nil)
        let mask = Latent(samples: .zeros([1, 4, 2, 2]), noiseMask: Tensor([0, .nan], shape: [1, 1, 2]))
        #expect(mask.firstNotFinite() == NotANumber(place: "noiseMask", file: nil, isInfinite: false))
        var entry = Conditioning.Entry(embedding: .zeros([1, 2, 2]), pooled: Tensor([.infinity], shape: [1, 1]))
        #expect(Conditioning([entry]).firstNotFinite()?.isInfinite == true)
        entry.pooled = nil
        #expect(Conditioning([entry]).firstNotFinite() == nil)
    }

    @Test("are found in the weights behind a model, in the file that has them")
    func weights() throws {
        let good = InMemorySource([("a.weight", Tensor([1, 2]))])
        let bad = InMemorySource([("lora_unet_a.lora_up.weight", Tensor([1, .nan], shape: [2, 1])), ("x", Tensor([1]))])
        #expect(VAE(good).firstNotFiniteWeight() == nil)
        #expect(VAE(bad).firstNotFiniteWeight() == NotANumber(place: "lora_unet_a.lora_up.weight", file: "memory", isInfinite: false))
        let patched = TextEncoder(models: [.init(.init(.clipL, layerFromEnd: 1, normalisesHidden: true), source: good)])
            .patched(try LoRAPatch(AdapterFile(bad), strength: 1))
        #expect(patched.firstNotFiniteWeight()?.place == "lora_unet_a.lora_up.weight")
    }
}
