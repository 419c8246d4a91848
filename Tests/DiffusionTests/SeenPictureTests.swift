import Problems
import Checkpoints
import Foundation
import GoldenSupport
import Pictures
import Tensors
import Testing

@testable import Diffusion
@testable import Networks
@testable import Samplers

/// Reference values by diffusers' StableUnCLIPImageNormalizer, DDPMScheduler and UNet2DConditionModel with transformers' CLIPTextModel
/// (PyTorch 2.13, float32), with the recipe models `unclip-mini` and `style-mini`; the style adapter by its paper's plan in PyTorch.
@Suite("Models steered by pictures")
struct SeenPictureTests {
    static let width = 48
    /// The reference rounds its schedule to float32 before 1 − ᾱ is taken, which is near 0 at low levels.
    static let tolerance: Float = 1e-5

    static let values: @Sendable (String) throws -> Tensor = { name in
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return try SafetensorsFile(path: folder.appending(path: "Data/unclip.safetensors").path).tensor(named: name)
    }

    static func seen(_ name: String, count: Int = 1, width: Int = width, _ strength: Float, _ noise: Double) throws -> SeenPicture {
        let embedding = try TensorRecipe(name: name, shape: [count, width], mean: 0, scale: 2).tensor(salt: "seen ")
        return SeenPicture(embedding: embedding, strength: strength, noiseAugmentation: noise)
    }

    static func label(_ pictures: [SeenPicture], seed: UInt64, width: Int = width, merge: Double = 0.05) -> Tensor {
        SeenPictureNoise(generator: SharedGenerator(seed: 77), seed: seed, mergeAugmentation: merge).label(of: pictures, width: width)
    }

    @Test("pictures become a label: noised, weighed, several of them added and noised again")
    func labels() throws {
        let one = try Self.seen("one", 1, 0)
        try expectClose(Self.label([one], seed: 5), Self.values("label/plain"), within: Self.tolerance)
        try expectClose(Self.label([Self.seen("one", 0.7, 0.3)], seed: 5), Self.values("label/noised"), within: Self.tolerance)
        try expectClose(Self.label([Self.seen("two", count: 2, 1, 0.1)], seed: 3), Self.values("label/batch"), within: Self.tolerance)
        // The seed of the noise lies ten before the run's: for a run with seed 0 it wraps round.
        try expectClose(Self.label([Self.seen("one", 1, 1)], seed: 0), Self.values("label/early"), within: Self.tolerance)
        let chain = try [one, Self.seen("two", count: 2, -0.5, 0.5)]
        try expectClose(Self.label(chain, seed: 4_000_000_000), Self.values("label/chain"), within: Self.tolerance)
    }

    @Test("a share of noise beyond its range, or one that is no number, is taken as the nearest that makes sense")
    func shares() {
        #expect([0.5, -1, 7, .nan, 1].map { noiseLevel($0, highest: 999) } == [500, 0, 999, 0, 999])
    }

    @Test("SDXL takes seen pictures in place of the pooled text")
    func inSDXL() throws {
        var frame = ConditioningFrame(
            shape: [1, 4, 8, 8], sampling: ModelSampling(.sd1), inputChannels: 4, latent: .zeros([1, 4, 8, 8]),
            noiseMask: nil, latentScale: 1)
        frame.labelForm = .sizes(width: 1280 + 6 * 256)
        frame.seed = 9
        var entry = Conditioning.Entry(embedding: .zeros([1, 77, 8]))
        entry.seenPictures = try [
            Self.seen("big", width: 1280, 1, 0.2), Self.seen("big", width: 1280, 0.5, 0),
        ]
        let label = try frame.label(for: entry, isNegative: false)
        try expectClose(label?.narrowed(1, from: 0, count: 1280), Self.values("label/sdxl"), within: Self.tolerance)
        entry.seenPictures = try [Self.seen("one", 1, 0)]
        let error = #expect(throws: SamplingError.self) { try frame.label(for: entry, isNegative: false) }
        #expect(error?.reason.contains("48 numbers wide, this model wants 1280") == true)
    }

    @Test("a run of Stable Diffusion 2.1 unCLIP's plan, predicting v, steered by a text and three pictures")
    func run() throws {
        let checkpoint = try Reference.checkpoint("unclip-mini")
        #expect(checkpoint.family == .sd2UnclipH)
        #expect(checkpoint.prediction == .velocity(zeroTerminalSNR: false))
        let text = try #require(TextEncoder(checkpoint))
        var positive = try text.encode(XLTests.positive).entries[0]
        try expectClose(positive.embedding, Self.values("run/embedding"), within: 1e-5)
        positive.seenPictures = try [Self.seen("one", 1, 0.1), Self.seen("two", count: 2, 0.5, 0)]
        let guider = try Guider(
            model: Model(checkpoint),
            guidance: .classifierFree(positive: Conditioning([positive]), negative: text.encode(""), cfg: 4))
        let latent = try SamplingRun(guider).sample(
            Latent(samples: .zeros([1, 4, 16, 16])), noise: .random(seed: 21), seed: 21, sampler: .named("euler"),
            sigmas: Self.values("run/sigmas").floats
        ).latent.samples
        try expectClose(latent, Self.values("run/latent"), within: 5e-4)
    }

    @Test("the vision model inside a checkpoint is found")
    func embeddedVision() throws {
        let encoder = try VisionEncoder(CheckpointFile.open(RecipeModels.make("unclip-mini")))
        let picture = try VisionTests.picture("any", "picture", shape: [1, 60, 42, 3])
        #expect(try encoder.encode(picture, cropping: .center).embedding.shape == [1, Self.width])
    }

    @Test("the style adapter's tokens, picture after picture")
    func style() throws {
        let model = try StyleModel(CheckpointFile.open(RecipeModels.make("style-mini")))
        let hidden = try TensorRecipe(name: "seen", shape: [2, 17, 128], scale: 1.5).tensor(salt: "style ")
        let seen = VisionOutput(lastHidden: hidden, penultimateHidden: hidden, embedding: .zeros([2, 3]))
        try expectClose(model.tokens(of: seen), Self.values("style/tokens"), within: 1e-4)
        let narrow = VisionOutput(lastHidden: .zeros([1, 17, 64]), penultimateHidden: .zeros([1, 17, 64]), embedding: .zeros([1, 3]))
        #expect(throws: NetworkError.self) { try model.tokens(of: narrow) }
        #expect(throws: CheckpointError.self) { try StyleModel(CheckpointFile.open(RecipeModels.make("vae-mini"))) }
    }

    /// By the paper's plan in PyTorch, around transformers' vision model.
    @Test("a PhotoMaker mixes the person on a picture into one token and leaves the others alone")
    func photoMaker() throws {
        let maker = try PhotoMaker(CheckpointFile.open(RecipeModels.make("photomaker-mini")))
        let text = try TensorRecipe(name: "text", shape: [1, 77, 80]).tensor(salt: "photo ")
        let picture = try VisionTests.picture("portrait", "photo ", shape: [1, 50, 67, 3])
        for place in [0, 3, 76] {
            let fused = try maker.fused(text, at: place, with: picture)
            #expect(fused.shape == text.shape)
            let changed = (0..<77).filter { row in
                !fused.narrowed(1, from: row, count: 1).hasSameBits(as: text.narrowed(1, from: row, count: 1))
            }
            #expect(changed == [place])
            if place == 3 { try expectClose(fused.narrowed(1, from: 3, count: 1), Self.values("photo/token"), within: 1e-4) }
        }
        #expect(throws: NetworkError.self) { try maker.fused(text, at: 77, with: picture) }
        #expect(throws: NetworkError.self) { try maker.fused(.zeros([1, 77, 64]), at: 0, with: picture) }
        #expect(throws: NetworkError.self) { try PhotoMaker(CheckpointFile.open(RecipeModels.make("vae-mini"))) }
    }
}
