import Checkpoints
import Foundation
import GoldenSupport
import Tensors
import Testing

@testable import Descriptions
@testable import Diffusion
@testable import Networks

extension ReferenceFile {
    /// A model whose weights come by rule.
    static func model(_ recipe: String) throws -> any TensorSource {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let recipe = try Recipe(contentsOf: folder.appending(path: "Data/References/\(recipe).json"))
        return try CheckpointFile.open(RecipeModels.make(recipe, in: RecipeModels.modelsFolder))
    }
}

@Suite("Control networks against diffusers")
struct ControlReferenceTests {
    static func hint(_ size: Int) -> Tensor {
        Tensor((0..<size * size * 3).map { Float($0 * 7919 % 101) / 100 }, shape: [1, size, size, 3])
    }

    static func residuals(
        _ source: any TensorSource, size: Int, x: Tensor? = nil, context: Tensor? = nil, base: (any TensorSource)? = nil,
        model: Model? = nil
    ) throws -> ControlResiduals {
        let call = NetworkCall(
            x: x ?? .zeros([1, 4, size / 8, size / 8]), timesteps: [371], context: context ?? .zeros([1, 3, 128]), sigma: 1,
            sides: [.positive])
        let application = ControlApplication(
            control: try ControlNet(detecting: source, fileName: "control.safetensors", base: base), hint: hint(size), strength: 1)
        return try #require(
            try ControlRun(store: WeightStore(budget: 1 << 30), model: model)
                .residuals(of: [application], for: call) { _ in true })
    }

    static func expect(_ found: [Tensor?], are name: String, at location: SourceLocation = #_sourceLocation) throws {
        let file = try ReferenceFile.open("hints")
        for (number, residual) in found.enumerated() {
            let expected = try file.tensor(named: "\(name)/\(number)").float32()
            try expectClose(
                residual?.channelsFirst(), expected, within: (name == "controlnet" ? 1e-5 : 3e-6) * max(expected.maximumMagnitude, 1),
                "\(name) \(number)", at: location)
        }
    }

    @Test("a light T2I adapter, in diffusers' layout")
    func light() throws {
        let residuals = try Self.residuals(ReferenceFile.model("t2i-light"), size: 64)
        try Self.expect([2, 5, 8, 11].map { residuals.input[$0] }, are: "light")
    }

    @Test("a T2I adapter for SDXL: places for three levels, and the last feature in the middle")
    func large() throws {
        let residuals = try Self.residuals(ReferenceFile.model("t2i-xl"), size: 64)
        #expect(residuals.input.indices.filter { residuals.input[$0] != nil } == [3, 5, 8])
        try Self.expect([3, 5, 8].map { residuals.input[$0] } + [residuals.middle], are: "xl")
    }

    @Test("a full T2I adapter, in its own layout")
    func full() throws {
        let residuals = try Self.residuals(ControlTests.recipe("t2i-mini"), size: 64)
        try Self.expect([2, 5, 8, 11].map { residuals.input[$0] }, are: "full")
    }

    @Test("a ControlNet in diffusers' layout")
    func controlNet() throws {
        let file = try ReferenceFile.open("hints")
        let residuals = try Self.residuals(
            ControlTests.recipe("controlnet-mini-diffusers"), size: 64, x: file.tensor(named: "controlnet/x").float32(),
            context: file.tensor(named: "controlnet/context").float32())
        try Self.expect([0, 3, 11].map { residuals.output[$0] } + [residuals.middle], are: "controlnet")
    }

    @Test("a control-LoRA is the model's input half with a low-rank change")
    func controlLoRA() throws {
        let file = try ReferenceFile.open("control-lora")
        let model = try Model(Checkpoint(ControlTests.recipe("sd1-mini")))
        let residuals = try Self.residuals(
            ReferenceFile.model("control-lora"), size: 64, x: file.tensor(named: "x").float32(),
            context: file.tensor(named: "context").float32(), model: model)
        #expect(residuals.output.count == 12)
        for (number, residual) in ([0, 3, 11].map { residuals.output[$0] } + [residuals.middle]).enumerated() {
            let expected = try file.tensor(named: String(number)).float32()
            try expectClose(residual?.channelsFirst(), expected, within: 1e-5 * max(expected.maximumMagnitude, 1), "\(number)")
        }
        // Patches of the model count: the change is to what is sampled.
        let patched = model.patched(ScaledLayers([.init(pathPart: "attn1.to_q", factor: 2)]))
        let others = try Self.residuals(
            ReferenceFile.model("control-lora"), size: 64, x: file.tensor(named: "x").float32(),
            context: file.tensor(named: "context").float32(), model: patched)
        #expect(try (#require(others.middle) - #require(residuals.middle)).maximumMagnitude > 1e-4)
    }

    @Test("a control-LoRA for another family is refused by name, and one without a model")
    func wrongControlLoRA() throws {
        let lora = try ReferenceFile.model("control-lora")
        let source = InMemorySource([("input_blocks.0.0.weight", .zeros([8, 4, 3, 3]))])
        #expect(throws: NetworkError.self) { try ControlLoRASource(lora, base: source) }
        #expect(throws: NetworkError.self) { try Self.residuals(lora, size: 64) }
    }

    @Test("a ControlNet stored as differences steers as the whole one does")
    func differences() throws {
        let whole = try ControlTests.recipe("controlnet-mini")
        let model = try Model(Checkpoint(ControlTests.recipe("sd1-mini")))
        let prefix = "control_model."
        var tensors = ["difference": Tensor([1])]
        var subtracted = 0
        for (name, info) in whole.directory where name.hasPrefix(prefix) {
            let tensor = try whole.tensor(named: name).float32()
            let inner = String(name.dropFirst(prefix.count))
            guard let twin = model.content.directory[inner], twin.shape == info.shape else {
                tensors[name] = tensor
                continue
            }
            tensors[name] = try tensor - model.content.tensor(named: inner).float32()
            subtracted += 1
        }
        #expect(subtracted > 100)
        let x = ControlTests.call().x
        let expected = try Self.residuals(whole, size: 64, x: x)
        let found = try Self.residuals(MemorySource(tensors), size: 64, x: x, base: model.patchedContent())
        let plain = try Self.residuals(MemorySource(tensors), size: 64, x: x)
        for (a, b) in zip(found.output + [found.middle], expected.output + [expected.middle]) {
            try expectClose(a, #require(b), within: 2e-5 * max(#require(b).maximumMagnitude, 1))
        }
        #expect(try (#require(plain.middle) - #require(expected.middle)).maximumMagnitude > 0.01)
    }

    @Test("hints of SDXL's adapters are rounded up to whole patches")
    func oddSides() throws {
        let hint = try HintPicture.fitted(Self.hint(40), latentHeight: 5, latentWidth: 5, multiple: 16, channels: 3, place: "")
        #expect(hint.shape == [1, 48, 48, 3])
    }
}

@Suite("GLIGEN against diffusers")
struct GroundingReferenceTests {
    static func network(_ recipe: String) throws -> GroundingNetwork {
        try GroundingNetwork(loader: LayerLoader(source: ReferenceFile.model(recipe), store: WeightStore(budget: 1 << 30)))
    }

    static func boxes(_ file: SafetensorsFile) throws -> [Grounding.Box] {
        let texts = try file.tensor(named: "texts").float32()
        return [
            Grounding.Box(text: texts.item(0), height: 4, width: 4, y: 0, x: 2),
            Grounding.Box(text: texts.item(1), height: 4, width: 3, y: 4, x: 0),
        ]
    }

    @Test("boxes and texts become the same tokens")
    func tokens() throws {
        let file = try ReferenceFile.open("gligen")
        let tokens = try Self.network("gligen").tokens(of: Self.boxes(file), height: 8, width: 8)
        try expectClose(tokens.narrowed(0, from: 0, count: 3), file.tensor(named: "tokens").float32(), within: 1e-5)
    }

    @Test("a layer as wide as SD1's texts has eight heads")
    func layer() throws {
        let file = try ReferenceFile.open("gligen")
        let found = try Self.network("gligen-wide").applied(
            to: file.tensor(named: "layer/x").float32(), with: file.tensor(named: "layer/objects").float32(), in: "b", Operations())
        try expectClose(found, file.tensor(named: "layer/out").float32(), within: 1e-5)
    }

    @Test("the U-Net with three grounded blocks predicts the same")
    func network() throws {
        let file = try ReferenceFile.open("gligen")
        let store = WeightStore(budget: 1 << 30)
        let model = try Model(Checkpoint(ControlTests.recipe("sd1-mini")))
        var call = NetworkCall(
            x: try file.tensor(named: "x").float32(), timesteps: [371], context: try file.tensor(named: "context").float32(), sigma: 1,
            sides: [.positive])
        let network = try model.network(store: store)
        let plain = try file.tensor(named: "plain").float32(), grounded = try file.tensor(named: "out").float32()
        #expect((grounded - plain).maximumMagnitude > 0.01)
        try expectClose(network.predict(call), plain, within: 1e-5 * max(plain.maximumMagnitude, 1))
        let grounding = Grounding(model: try GroundingModel(detecting: ReferenceFile.model("gligen")), boxes: try Self.boxes(file))
        call.tokenPatch = try ControlRun(store: store).patch(for: grounding, height: 8, width: 8)
        try expectClose(network.predict(call), grounded, within: 1e-5 * max(plain.maximumMagnitude, 1))
    }
}
