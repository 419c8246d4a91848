import Checkpoints
import GoldenSupport
import Tensors
import Testing

@testable import Diffusion
@testable import Networks
@testable import Prompts
@testable import Samplers

/// Networks whose weights aren't all kept give the bits of those that are held whole.
@Suite("Streamed weights")
struct StreamingTests {
    private static func network(
        _ model: Model, _ allowance: WeightAllowance?, _ store: WeightStore = WeightStore(budget: 1 << 30)
    ) throws -> UNet {
        try model.network(LayerLoader(source: model.patchedContent(), store: store, allowance: allowance))
    }

    @Test("a U-Net of which nothing, some or all is kept predicts the same bits, in every call", arguments: [0, 3 << 20, 1 << 30])
    func unet(bytes: Int) throws {
        let model = try Model(Reference.checkpoint())
        let call = try Reference.call("unet")
        let whole = try Self.network(model, nil).predict(call)
        let allowance = WeightAllowance(bytes), store = WeightStore(budget: 1 << 30)
        let streamed = try Self.network(model, allowance, store)
        for _ in 0..<2 { #expect(try streamed.predict(call).hasSameBits(as: whole)) }
        #expect((allowance.streamedLayers == 0) == (bytes == 1 << 30))
        // Norms and the like are small and always kept.
        #expect(store.byteCount <= bytes + (1 << 20))
    }

    @Test("items of a batch one after the other have the bits of the whole batch")
    func items() throws {
        let model = try Model(Reference.checkpoint())
        var network = try Self.network(model, nil)
        let width = model.structure.contextWidth ?? 0
        let context = Tensor((0..<4 * 77 * width).map { Float($0 * 31 % 97) / 50 - 1 }, shape: [4, 77, width])
        let call = NetworkCall(
            x: VAEBandTests.latent([4, 4, 12, 8]), timesteps: [999, 999, 20, 20], context: context, sigma: 1,
            sides: [.negative, .positive])
        let together = try network.predict(call)
        #expect(call.items?.map(\.sides) == [[.negative], [.negative], [.positive], [.positive]])
        network.takesItemsApart = true
        #expect(try network.predict(call).hasSameBits(as: together))
    }

    @Test("patches are applied again at every reading, to the same weights")
    func patches() throws {
        let file = AdapterFile(try CheckpointFile.open(RecipeModels.make("lora-kohya")))
        let model = try Model(Reference.checkpoint()).patched(try LoRAPatch(file, strength: 0.7))
        let call = try Reference.call("unet")
        let whole = try Self.network(model, nil).predict(call)
        #expect(try Self.network(model, WeightAllowance(0)).predict(call).hasSameBits(as: whole))
    }

    @Test("a text model whose weights are read for every layer gives the same embedding")
    func text() throws {
        let encoder = try #require(TextEncoder(Reference.checkpoint()))
        let (part, content) = (encoder.models[0], try encoder.patchedContents()[0])
        func model(_ limit: Int) throws -> CLIPTextModel {
            try CLIPTextModel.withinMemory(part.configuration, content, store: WeightStore(budget: 1 << 30), limit: limit)
        }
        let chunk = (0..<77).map { PromptToken(.id(Int32($0 * 600 % 49407))) }
        let whole = try model(1 << 40)([chunk], layerFromEnd: 2)
        let streamed = try model(0)([chunk], layerFromEnd: 2)
        #expect(streamed.hidden.hasSameBits(as: whole.hidden))
        #expect(streamed.pooled.hasSameBits(as: whole.pooled))
    }

    private static func guider(controlled: Bool) throws -> Guider {
        let model = try Model(Reference.checkpoint())
        var sides: [Conditioning] = []
        let width = model.structure.contextWidth ?? 64
        for index in 0..<2 {
            let embedding = Tensor((0..<77 * width).map { Float(($0 * 37 + index) % 101) / 50 - 1 }, shape: [1, 77, width])
            sides.append(Conditioning([.init(embedding: embedding)]))
            guard controlled else { continue }
            let control = try ControlNet(
                detecting: CheckpointFile.open(RecipeModels.make("controlnet-mini")), fileName: "control.safetensors")
            sides[index].entries[0].controls = [
                ControlApplication(
                    control: control, hint: Tensor(repeating: 0.5, shape: [1, 64, 64, 3]), strength: 1, timestepRange: .whole)
            ]
        }
        return Guider(model: model, guidance: .classifierFree(positive: sides[0], negative: sides[1], cfg: 4))
    }

    @Test("sampling in too little memory gives the same bits, and says by how much it is too little", arguments: [false, true])
    func sampling(controlled: Bool) throws {
        let guider = try Self.guider(controlled: controlled)
        func sampled(_ limit: Int?) throws -> (latent: Tensor, shortage: NetworkError?) {
            let store = WeightStore(budget: 1 << 30)
            let run = try SamplingRun(
                guider, latent: [1, 4, 8, 8], store: store, memoryLimit: limit, control: ControlRun(store: store, model: guider.model))
            let result = try run.sample(
                Latent(samples: .zeros([1, 4, 8, 8])), noise: .random(seed: 3), seed: 3, sampler: Sampler.named("euler"),
                sigmas: [10, 3, 0])
            return (result.latent.samples, run.shortage)
        }
        let whole = try sampled(nil)
        #expect(whole.shortage == nil)
        for limit in [1 << 20, MemoryBudget.overhead + TensorMemory.liveBytes + (40 << 20)] {
            let little = try sampled(limit)
            #expect(little.latent.hasSameBits(as: whole.latent))
            if limit == 1 << 20 { #expect(little.shortage?.reason.hasPrefix("sampling 64×64 pixels needs at least ") == true) }
        }
    }

    @Test("a rehearsal knows what activations take: more for larger pictures, none of the weights")
    func rehearsal() throws {
        let model = try Model(Reference.checkpoint())
        func activations(_ side: Int, batch: Int) throws -> Int {
            let rehearsal = Rehearsal()
            let loader = LayerLoader(surveying: try model.patchedContent(), recorder: ParameterRecorder())
            let network = try model.network(loader, operations: Operations(executor: rehearsal))
            _ = try network.predict(
                NetworkCall(
                    x: .zeros([batch, 4, side, side]), timesteps: Array(repeating: 0, count: batch),
                    context: .zeros([batch, 77, model.structure.contextWidth ?? 0]), sigma: 1, sides: [.positive]))
            return rehearsal.peakBytes
        }
        let small = try activations(32, batch: 1)
        #expect(small > 32 * 32 * model.structure.modelChannels * 4 * 4)
        #expect(try activations(64, batch: 1) > 2 * small)
        #expect(abs(try activations(32, batch: 2) - 2 * small) < small)
        let limit = MemoryBudget.overhead + (1 << 50)
        #expect(try NetworkMemory(sampling: Self.guider(controlled: false), latent: [1, 4, 8, 8], store: .shared, limit: limit) == nil)
    }
}
