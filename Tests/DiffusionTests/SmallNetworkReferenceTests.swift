import Checkpoints
import Foundation
import GoldenSupport
import Pictures
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

/// Value i of a picture by counting, as in the scripts.
private func countedPicture(height: Int, width: Int) -> Tensor {
    Tensor((0..<height * width * 3).map { Float($0 * 7919 % 101) / 100 }, shape: [1, height, width, 3])
}

@Suite("Upscalers against spandrel")
struct UpscalerReferenceTests {
    @Test(
        "the enlarged picture is the same, for every layout and factor",
        arguments: [
            "rrdb-x2", "rrdb-x1", "rrdb-trunk", "rrdb-plus", "rrdb-two", "compact-x1", "compact-x2", "compact-x3",
        ])
    func enlarged(name: String) throws {
        let file = try ReferenceFile.open("upscalers")
        let content = try UpscaleModel(ReferenceFile.model("upscaler-" + name)).content
        let loader = LayerLoader(source: content, store: WeightStore(budget: 1 << 30))
        for (height, width) in [(6, 10), (1, 3)] {
            let picture = countedPicture(height: height, width: width)
            let found: Tensor
            if let names = ESRGANNames(content.directory) {
                found = try ESRGAN(loader: loader, names: names)(picture)
            } else {
                found = try CompactUpscaler(loader: loader)(picture)
            }
            try expectClose(found, file.tensor(named: "\(name)/\(height)x\(width)").float32(), within: 2e-6, "\(height) × \(width)")
        }
    }
}

@Suite("Hypernetworks against PyTorch")
struct HypernetworkReferenceTests {
    @Test(
        "keys and values change alike, for every activation, with norms, dropout and an activated output",
        arguments: [
            "linear", "relu", "leakyrelu", "elu", "swish", "tanh", "sigmoid", "softsign", "mish",
        ])
    func changed(name: String) throws {
        let values = try ReferenceFile.open("hypernetworks")
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let file = try TorchFile(path: folder.appending(path: "Data/References/hypernetworks/\(name).pt").path)
        let patch = try #require(try HypernetworkPatch(file, strength: 0.75))
        var hooks = NetworkHooks()
        try patch.install(in: &hooks, of: Model(Checkpoint(CheckpointFile.open(RecipeModels.make("sd1-mini")))))
        let x = try values.tensor(named: name + "/x").float32()
        let block = BlockSite(
            place: .middle, height: 1, width: 5, latentHeight: 1, latentWidth: 5, sigma: 1, sides: [.positive], generator: nil,
            modelChannels: 64, operations: Operations())
        for wrapper in hooks.selfAttention + hooks.crossAttention {
            _ = try wrapper(AttentionInputs(query: x, key: x, value: x), AttentionSite(block: block, index: 0, heads: 1)) { inputs in
                #expect(inputs.query.hasSameBits(as: x))
                try expectClose(inputs.key, values.tensor(named: name + "/key").float32(), within: 2e-6, "key")
                try expectClose(inputs.value, values.tensor(named: name + "/value").float32(), within: 2e-6, "value")
                return x
            }
        }
        #expect(hooks.selfAttention.count == 1 && hooks.crossAttention.count == 1)
    }
}

@Suite("TAESD against diffusers")
struct TinyAutoencoderReferenceTests {
    static func vae() throws -> VAE {
        VAE(
            tinyEncoder: try CheckpointFile.open(RecipeModels.make("taesd-encoder")),
            tinyDecoder: try CheckpointFile.open(RecipeModels.make("taesd-decoder")), latentScale: 0.18215)
    }

    @Test("pictures become the same latents")
    func encoder() throws {
        let expected = try ReferenceFile.open("taesd").tensor(named: "encoded").float32()
        let found = try Self.vae().encode(Image(countedPicture(height: 24, width: 16)))
        try expectClose(found, expected, within: 1e-5 * expected.maximumMagnitude)
    }

    @Test("latents become the same picture, large values bent")
    func decoder() throws {
        let file = try ReferenceFile.open("taesd")
        let found = try Self.vae().decode(file.tensor(named: "latent").float32()).pixels
        try expectClose(found, file.tensor(named: "decoded").float32().clamped(0, 1), within: 1e-5)
    }
}
