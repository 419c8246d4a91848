import Checkpoints
import GoldenSupport
import Pictures
import Tensors
import Testing

@testable import Diffusion
@testable import Networks
@testable import Samplers

/// Networks beside the U-Net keep within the memory allowed as it does: the same bits with nothing kept, an error that says how much it takes.
@Suite("Networks in little memory")
struct NetworkRoomTests {
    /// Rooms in which all weights stay, and in which none does.
    private static func roomy() -> NetworkRoom { NetworkRoom(WeightStore(budget: 1 << 30)) }
    private static func tight(_ store: WeightStore = WeightStore(budget: 1 << 30)) -> NetworkRoom {
        NetworkRoom(store, NetworkMemory(limit: 0, taken: 0, activations: 0, weights: 1, largestLayer: 1))
    }

    private static func expectRefusal(_ task: String, at location: SourceLocation = #_sourceLocation, _ compute: (Int) throws -> Void) {
        let error = #expect(throws: NetworkError.self, sourceLocation: location) { try compute(1 << 20) }
        #expect(error?.code == .notEnoughMemory, sourceLocation: location)
        #expect(error?.reason.hasPrefix(task + " needs at least ") == true, "\(error?.reason ?? "")", sourceLocation: location)
        #expect(error?.hint?.hasPrefix("allow more (--memory ") == true, sourceLocation: location)
    }

    @Test("a vision model whose weights are read for every layer sees the same", arguments: ["vision-mini", "vision-mini-openclip"])
    func vision(recipe: String) throws {
        let encoder = try VisionTests.encoder(recipe)
        let picture = try VisionTests.picture("center", "vision-input " + recipe, shape: [2, 50, 67, 3])
        let whole = try encoder.encode(picture, cropping: .center, in: Self.roomy())
        let room = Self.tight()
        let streamed = try encoder.encode(picture, cropping: .center, in: room)
        #expect(room.streamedLayers > 10)
        #expect(streamed.lastHidden.hasSameBits(as: whole.lastHidden))
        #expect(streamed.penultimateHidden.hasSameBits(as: whole.penultimateHidden))
        #expect(streamed.embedding.hasSameBits(as: whole.embedding))
        Self.expectRefusal("looking at a picture") { _ = try encoder.encode(picture, cropping: .center, memoryLimit: $0) }
    }

    @Test("a style model whose weights are read for every layer gives the same tokens")
    func style() throws {
        let model = try StyleModel(CheckpointFile.open(RecipeModels.make("style-mini")))
        let hidden = try TensorRecipe(name: "seen", shape: [2, 17, 128], scale: 1.5).tensor(salt: "style ")
        let seen = VisionOutput(lastHidden: hidden, penultimateHidden: hidden, embedding: .zeros([2, 3]))
        let room = Self.tight()
        #expect(try model.tokens(of: seen, in: room).hasSameBits(as: model.tokens(of: seen, in: Self.roomy())))
        #expect(room.streamedLayers > 4)
        Self.expectRefusal("applying a style") { _ = try model.tokens(of: seen, memoryLimit: $0) }
    }

    @Test("a PhotoMaker whose weights are read for every layer gives the same token")
    func photoMaker() throws {
        let maker = try PhotoMaker(CheckpointFile.open(RecipeModels.make("photomaker-mini")))
        let text = try TensorRecipe(name: "text", shape: [1, 77, 80]).tensor(salt: "photo ")
        let picture = try VisionTests.picture("portrait", "photo ", shape: [1, 50, 67, 3])
        let room = Self.tight()
        #expect(
            try maker.fused(text, at: 3, with: picture, in: room)
                .hasSameBits(as: maker.fused(text, at: 3, with: picture, in: Self.roomy())))
        #expect(room.streamedLayers > 4)
        Self.expectRefusal("looking at a face") { _ = try maker.fused(text, at: 3, with: picture, memoryLimit: $0) }
    }

    @Test(
        "an upscale model whose weights are read for every tile gives the same picture", arguments: ["upscale-compact", "upscale-rrdb-new"])
    func upscaler(recipe: String) throws {
        let model = try UpscaleModel(CheckpointFile.open(RecipeModels.make(recipe)))
        let picture = try VisionTests.picture("small", "upscaled ", shape: [1, 40, 44, 3])
        let whole = try model.upscaled(picture, tile: 36, in: Self.roomy())
        let room = Self.tight()
        #expect(try model.upscaled(picture, tile: 36, in: room).pixels.hasSameBits(as: whole.pixels))
        #expect(room.streamedLayers > 1)
        Self.expectRefusal("enlarging 44×40 pixels") { _ = try model.upscaled(picture, tile: 36, memoryLimit: $0) }
    }

    @Test("a larger tile is known to need more")
    func tiles() throws {
        let model = try UpscaleModel(CheckpointFile.open(RecipeModels.make("upscale-compact")))
        func activations(_ side: Int) throws -> Int {
            try NetworkMemory(model.content, beside: WeightStore(budget: 1), limit: 1) { loader, operations in
                _ = try model.network(loader).enlarge(.zeros([1, side, side, 3]), operations)
                return 0
            }.activations
        }
        #expect(try activations(128) > 3 * activations(64))
    }

    @Test("GLIGEN's layers may be read at every call")
    func grounding() throws {
        let model = try Model(Reference.checkpoint())
        let grounding = Grounding(
            model: try GroundingModel(detecting: GroundingTests.Network(gate: 1)), boxes: [GroundingTests.box(x: 0)])
        func predicted(_ room: NetworkRoom) throws -> Tensor {
            let run = ControlRun()
            run.use(room)
            var call = ControlTests.call()
            call.tokenPatch = try run.patch(for: grounding, height: 8, width: 8)
            return try model.network(store: WeightStore(budget: 1 << 30)).predict(call)
        }
        let room = Self.tight()
        #expect(try predicted(room).hasSameBits(as: predicted(Self.roomy())))
        #expect(room.streamedLayers > 4)
    }

    // MARK: What texts bring along

    private static func guider(hooked: Bool = false, grounded: Bool = false, controlled: Bool = false) throws -> Guider {
        let model = try Model(Reference.checkpoint())
        let width = model.structure.contextWidth ?? 64
        var sides = (0..<2).map { side in
            let embedding = Tensor((0..<77 * width).map { Float(($0 * 37 + side) % 101) / 50 - 1 }, shape: [1, 77, width])
            return Conditioning([.init(embedding: embedding)])
        }
        if hooked {
            let file = AdapterFile(try CheckpointFile.open(RecipeModels.make("lora-kohya")))
            var keyframes = HookKeyframes()
            keyframes.add(.init(strength: 1, start: 0))
            keyframes.add(.init(strength: 0.5, start: 0.4))
            sides[0].entries[0].hooks = ConditioningHooks([
                .init(LoRAChange(file), modelStrength: 0.8, textStrength: 0, keyframes: keyframes)
            ])
        }
        if grounded {
            sides[0].entries[0].grounding = Grounding(
                model: try GroundingModel(detecting: GroundingTests.Network(gate: 1)), boxes: [GroundingTests.box(x: 0)])
        }
        if controlled {
            let control = try ControlNet(
                detecting: CheckpointFile.open(RecipeModels.make("controlnet-mini")), fileName: "control.safetensors")
            sides[0].entries[0].controls = [
                ControlApplication(
                    control: control, hint: Tensor(repeating: 0.5, shape: [1, 64, 64, 3]), strength: 1, timestepRange: .whole)
            ]
        }
        return Guider(model: model, guidance: .classifierFree(positive: sides[0], negative: sides[1], cfg: 4))
    }

    private static func sampled(_ guider: Guider, limit: Int?, store: WeightStore = WeightStore(budget: 1 << 30)) throws -> Tensor {
        let run = try SamplingRun(
            guider, latent: [1, 4, 8, 8], store: store, memoryLimit: limit, control: ControlRun(store: store, model: guider.model))
        return try run.sample(
            Latent(samples: .zeros([1, 4, 8, 8])), noise: .random(seed: 3), seed: 3, sampler: Sampler.named("euler"),
            sigmas: [10, 5, 3, 1, 0]
        ).latent.samples
    }

    @Test("sampling with hooks, and with boxes, gives the same bits in too little memory", arguments: [true, false])
    func sampling(hooked: Bool) throws {
        let guider = try Self.guider(hooked: hooked, grounded: !hooked)
        let whole = try Self.sampled(guider, limit: nil)
        #expect(!whole.hasSameBits(as: try Self.sampled(Self.guider(), limit: nil)))
        for limit in [1 << 20, MemoryBudget.overhead + TensorMemory.liveBytes + (40 << 20)] {
            #expect(try Self.sampled(guider, limit: limit).hasSameBits(as: whole))
        }
    }

    @Test("networks of hooks share what the plain network keeps, and keep nothing of their own where not all can stay")
    func guests() throws {
        let guider = try Self.guider(hooked: true)
        let store = WeightStore(budget: 1 << 30)
        let memory = NetworkMemory(limit: 8 << 20, taken: 0, activations: 0, weights: 1 << 30, largestLayer: 1 << 20)
        let room = NetworkRoom(store, memory)
        let model = guider.model
        _ = try room.assemble { load in try model.network(load(model.patchedContent())) }
        let kept = store.byteCount, packed = store.counters.packed
        let guests = room.forGuests
        let hooks = try #require(guider.guidance.sides.first?.entries.first?.hooks)
        let hooked = try model.hooked(hooks, strengths: [0.8])
        _ = try guests.assemble { load in try hooked.network(load(hooked.patchedContent())) }
        #expect(guests.streamedLayers > 0 && store.counters.hits > 0)
        // Norms that the LoRA changes are packed all the same.
        #expect(store.byteCount - kept < 1 << 18, "\(store.counters.packed - packed) layers packed")
    }

    @Test("every network that a run uses is counted, layers in common once")
    func counted() throws {
        func weights(_ guider: Guider) throws -> Int {
            try #require(try NetworkMemory(sampling: guider, latent: [1, 4, 8, 8], store: WeightStore(budget: 1), limit: 1)).weights
        }
        let plain = try weights(Self.guider())
        let controlled = try weights(Self.guider(controlled: true))
        let control = try #require(try Self.guider(controlled: true).guidance.sides.first?.entries.first?.controls.first?.control)
        let layers = WeighedLayers()
        _ = try control.network(model: nil) { LayerLoader(weighing: $0, layers) }
        #expect(controlled == plain + layers.bytes)
        let grounded = try weights(Self.guider(grounded: true)), hooked = try weights(Self.guider(hooked: true))
        #expect(grounded > plain)
        #expect(hooked > plain && hooked < 3 * plain)
    }

    @Test("layers weigh what they take when they are packed", arguments: ["sd1-mini", "sdxl-mini"])
    func weighed(recipe: String) throws {
        let model = try Model(Reference.checkpoint(recipe)), store = WeightStore(budget: 1 << 30)
        let layers = WeighedLayers()
        _ = try model.network(LayerLoader(weighing: model.patchedContent(), layers))
        _ = try model.network(store: store)
        #expect(layers.bytes >= store.byteCount)
        #expect(layers.bytes - store.byteCount < store.byteCount / 10)
        #expect(layers.largest > 0 && layers.largest < layers.bytes)
    }

    @Test("idle weights make room for a network, and those in use stay")
    func idle() throws {
        let store = WeightStore(budget: 1 << 30)
        let idle = try VisionTests.encoder("vision-mini"), model = try Model(Reference.checkpoint())
        _ = try idle.encode(VisionTests.picture("any", "picture", shape: [1, 40, 40, 3]), cropping: .center, in: NetworkRoom(store))
        let layers = WeighedLayers()
        _ = try model.network(LayerLoader(weighing: model.patchedContent(), layers))
        let memory = NetworkMemory(
            limit: layers.bytes, taken: 0, activations: 0, weights: layers.bytes, largestLayer: layers.largest)
        let room = NetworkRoom(store, memory)
        _ = try room.assemble { load in try model.network(load(model.patchedContent())) }
        #expect(room.streamedLayers == 0)
        #expect(store.byteCount <= layers.bytes)
        #expect(store.budget == 1 << 30)
    }
}
