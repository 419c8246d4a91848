import Checkpoints
import GoldenSupport
import Tensors
import Testing

@testable import Diffusion

@Suite("What of a LoRA fits a model") struct AdapterFitTests {
    static let network = InMemorySource([
        ("input_blocks.1.0.in_layers.2.weight", .zeros([4, 2, 3, 3])), ("input_blocks.1.0.in_layers.2.bias", .zeros([4])),
        ("input_blocks.1.0.in_layers.0.weight", .zeros([2])), ("input_blocks.1.1.proj_in.weight", .zeros([4, 4])),
    ])
    static let text = InMemorySource([("clip_l.text_model.encoder.layers.0.mlp.fc1.weight", .zeros([4, 2]))])

    static func lora(_ modules: [(name: String, rows: Int, columns: Int)]) -> AdapterFile {
        AdapterFile(
            InMemorySource(
                modules.flatMap { name, rows, columns in
                    [(name + ".lora_up.weight", Tensor.zeros([rows, 1])), (name + ".lora_down.weight", Tensor.zeros([1, columns]))]
                }))
    }

    @Test("layers of unknown names and of other shapes are told apart, each with its name")
    func misfits() {
        let file = Self.lora([
            ("lora_unet_input_blocks_1_1_proj_in", 4, 4), ("lora_unet_input_blocks_1_0_in_layers_2", 9, 18),
            ("lora_unet_output_blocks_99_0", 4, 4), ("lora_te_text_model_encoder_layers_0_mlp_fc1", 4, 2), ("lora_te3_x", 4, 4),
        ])
        let fit = file.fit([Self.network, Self.text], sides: [.model, .text])
        #expect(fit.count == 5)
        #expect(fit.leftOut[.shape] == ["lora_unet_input_blocks_1_0_in_layers_2"])
        #expect(fit.leftOut[.unknownName] == ["lora_te3_x", "lora_unet_output_blocks_99_0"])
        // One half alone: the layers of the other are nobody's business.
        #expect(file.fit([Self.network], sides: [.model]).count == 3)
        #expect(file.fit([Self.text], sides: [.text]).leftOut == [.unknownName: ["lora_te3_x"]])
    }

    @Test("parts that don't fit one another are no layer")
    func incomplete() {
        let name = "lora_unet_input_blocks_1_1_proj_in"
        let file = AdapterFile(
            InMemorySource([
                (name + ".lora_up.weight", .zeros([4, 2])), (name + ".lora_down.weight", .zeros([3, 4])), (name + ".alpha", .zeros([])),
            ]))
        #expect(file.fit([Self.network], sides: [.model]).leftOut == [.incomplete: [name]])
        let alone = AdapterFile(InMemorySource([(name + ".lora_up.weight", .zeros([4, 2]))]))
        #expect(alone.fit([Self.network], sides: [.model]).leftOut == [.incomplete: [name]])
    }

    @Test("a difference that fits and a bias that doesn't are a layer that doesn't fit")
    func bias() {
        let name = "diffusion_model.input_blocks.1.0.in_layers.2"
        let file = AdapterFile(InMemorySource([(name + ".diff", .zeros([4, 2, 3, 3])), (name + ".diff_b", .zeros([5]))]))
        #expect(file.fit([Self.network], sides: [.model]).leftOut == [.shape: [name]])
    }

    @Test(
        "of real files in every layout, all fits",
        arguments: [
            "lora-kohya", "lora-kohya-ldmnames", "lora-locon", "lora-loha", "lora-lokr", "lora-dora", "lora-diffusers", "lora-peft",
            "lora-diff",
        ])
    func whole(recipe: String) throws {
        let checkpoint = try Checkpoint(CheckpointFile.open(RecipeModels.make("sd1-mini")))
        let text = try #require(TextEncoder(checkpoint))
        let file = AdapterFile(try CheckpointFile.open(RecipeModels.make(recipe)))
        let fit = file.fit([checkpoint.unet] + text.models.map(\.content), sides: [.model, .text])
        #expect(fit.leftOut.isEmpty && fit.count == file.moduleCount)
        #expect(file.strangers.isEmpty)
    }

    @Test("tensors of kinds that aren't supported are counted")
    func strangers() {
        let file = AdapterFile(
            InMemorySource([
                ("lora_unet_input_blocks_1_1_proj_in.on_input", .zeros([1])), ("lora_unet_input_blocks_1_1_proj_in.weight", .zeros([4])),
                ("bundle_emb.x.clip_l", .zeros([1, 2])),
            ]))
        #expect(file.moduleCount == 0)
        #expect(file.strangers == ["lora_unet_input_blocks_1_1_proj_in.on_input", "lora_unet_input_blocks_1_1_proj_in.weight"])
    }

    @Test(
        "names that PEFT wrapped mean the same layers",
        arguments: [
            "base_model.model.input_blocks.1.1.proj_in", "unet.base_model.model.down_blocks.0.attentions.0.proj_in",
            "base_model.model.down_blocks.0.attentions.0.proj_in", "base_model.model.unet.down_blocks.0.attentions.0.proj_in",
            "base_model.model.model.diffusion_model.input_blocks.1.1.proj_in",
        ])
    func wrapper(module: String) {
        let directory = Self.network.directory
        for parts in [
            (".lora_B.weight", ".lora_A.weight"), (".lora_B.default.weight", ".lora_A.default.weight"),
            (".lora_B.cat.weight", ".lora_A.cat.weight"),
        ] {
            let file = AdapterFile(InMemorySource([(module + parts.0, .zeros([4, 1])), (module + parts.1, .zeros([1, 4]))]))
            #expect(file.changes(for: directory).keys.sorted() == ["input_blocks.1.1.proj_in.weight"], "\(module)\(parts.0)")
        }
    }

    @Test("a text model that PEFT trained alone is found")
    func wrappedText() {
        for module in ["base_model.model.", "text_encoder.base_model.model."].map({ $0 + "text_model.encoder.layers.0.mlp.fc1" }) {
            let file = AdapterFile(
                InMemorySource([(module + ".lora_B.weight", .zeros([4, 1])), (module + ".lora_A.weight", .zeros([1, 2]))]))
            #expect(file.fit([Self.text], sides: [.text]) == AdapterFit(count: 1), "\(module)")
        }
    }

    @Test("PEFT's configuration gives the factor of layers, by pattern, and by the root of the rank")
    func configuration() throws {
        let module = "base_model.model.input_blocks.1.1.proj_in"
        let file = AdapterFile(
            InMemorySource([
                (module + ".lora_B.weight", Tensor(repeating: 1, shape: [4, 4])),
                (module + ".lora_A.weight", Tensor(repeating: 1, shape: [4, 4])),
            ]))
        #expect(file.isSavedByPEFT)
        for (json, factor) in [
            (#"{"lora_alpha": 8, "r": 4}"#, 2), (#"{"lora_alpha": 8, "r": 4, "use_rslora": true}"#, 4),
            (#"{"lora_alpha": 8, "r": 4, "alpha_pattern": {"proj_in": 12}}"#, 3),
            (#"{"lora_alpha": 8, "r": 4, "alpha_pattern": {"oj_in": 12}}"#, 2),
        ] as [(String, Float)] {
            let configuration = try #require(PEFTConfiguration(json: Array(json.utf8)))
            let scaled = file.scaled(by: configuration)
            let patched = try LoRAPatch(scaled, strength: 1).applied(to: Self.network)
            let values = try patched.tensor(named: "input_blocks.1.1.proj_in.weight").floats
            #expect(values.allSatisfy { $0 == 4 * factor }, "\(json)")
            #expect(try scaled.source.contentDigest() != file.source.contentDigest())
            #expect(file.factors(by: configuration) == [factor])
        }
        #expect(PEFTConfiguration(json: Array("{}".utf8)) == nil)
        #expect(PEFTConfiguration(json: Array("x".utf8)) == nil)
    }
}
