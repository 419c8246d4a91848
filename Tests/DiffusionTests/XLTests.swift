import Problems
import Checkpoints
import Foundation
import GoldenSupport
import Tensors
import Testing

@testable import Diffusion
@testable import Networks
@testable import Samplers

/// Whole runs by diffusers' UNet2DConditionModel and ControlNetModel with transformers' text models (PyTorch 2.13, float32), walked
/// by Euler's method in a few lines, with the recipe models `sdxl-mini`, `sdxl-refiner-mini` and `controlnet-xl-mini`.
@Suite("SDXL and its refiner")
struct XLTests {
    static let positive = "a red fox in the snow", negative = "blurry, dark"

    static let values: @Sendable (String) throws -> Tensor = { name in
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return try SafetensorsFile(path: folder.appending(path: "Data/xl.safetensors").path).tensor(named: name)
    }

    struct Loaded {
        let model: Model
        let text: TextEncoder

        init(_ recipe: String) throws {
            let checkpoint = try Reference.checkpoint(recipe)
            model = try Model(checkpoint)
            text = try #require(TextEncoder(checkpoint))
        }

        /// The reference's run of that name: 128 × 96 pixels.
        func latent(
            _ name: String, _ positive: Conditioning, _ negative: Conditioning, cfg: Float, seed: UInt64
        ) throws -> Tensor {
            let guider = Guider(model: model, guidance: .classifierFree(positive: positive, negative: negative, cfg: cfg))
            return try SamplingRun(guider, control: ControlRun()).sample(
                Latent(samples: .zeros([1, 4, 16, 12])), noise: .random(seed: seed), seed: seed, sampler: .named("euler"),
                sigmas: values(name + "/sigmas").floats
            ).latent.samples
        }
    }

    /// Latents of these models reach 450.
    static let tolerance: Float = 5e-3

    static func sized(_ conditioning: Conditioning, _ sizes: SizeConditioning) -> Conditioning {
        Conditioning(
            conditioning.entries.map { entry in
                var entry = entry
                entry.sizes = sizes
                return entry
            })
    }

    @Test("both text models are joined, the larger one's pooled text is projected")
    func text() throws {
        let loaded = try Loaded("sdxl-mini")
        #expect(loaded.model.family == .sdxl)
        let entry = try loaded.text.encode(Self.positive).entries[0]
        try expectClose(entry.embedding, Self.values("base/embedding"), within: 1e-5)
        try expectClose(entry.pooled, Self.values("base/pooled"), within: 1e-5)
        let two = try loaded.text.encode(["oil on canvas", "a lighthouse"]).entries[0]
        try expectClose(two.embedding, Self.values("two/embedding"), within: 1e-5)
        try expectClose(two.pooled, Self.values("two/pooled"), within: 1e-5)
    }

    @Test("a run of the base model: told nothing about sizes it imitates pictures of its own size")
    func base() throws {
        let loaded = try Loaded("sdxl-mini")
        let latent = try loaded.latent(
            "base", loaded.text.encode(Self.positive), loaded.text.encode(Self.negative), cfg: 5, seed: 7)
        try expectClose(latent, Self.values("base/latent"), within: Self.tolerance)
    }

    @Test("a run of the base model with a text for each text model, and with sizes")
    func sizes() throws {
        let loaded = try Loaded("sdxl-mini")
        var sizes = SizeConditioning(width: 1344, height: 768)
        (sizes.cropHeight, sizes.cropWidth, sizes.targetHeight, sizes.targetWidth) = (16, 32, 832, 1216)
        let positive = Self.sized(try loaded.text.encode(["oil on canvas", "a lighthouse"], fillsUp: true), sizes)
        let latent = try loaded.latent("sized", positive, loaded.text.encode(Self.negative), cfg: 3, seed: 11)
        try expectClose(latent, Self.values("sized/latent"), within: Self.tolerance)
    }

    @Test("a run of the base model with a ControlNet, which gets sizes and text, too")
    func controlNet() throws {
        let loaded = try Loaded("sdxl-mini")
        let control = try ControlNet(
            detecting: CheckpointFile.open(RecipeModels.make("controlnet-xl-mini")), fileName: "controlnet-xl-mini.safetensors")
        let hint = try TensorRecipe(name: "xl", shape: [1, 128, 96, 3], mean: 0.5, scale: 0.5).tensor(salt: "hint ")
        let sides = try [Self.positive, Self.negative].map { prompt in
            Conditioning(
                try loaded.text.encode(prompt).entries.map { entry in
                    var entry = entry
                    entry.controls = [ControlApplication(control: control, hint: hint, strength: 0.8)]
                    return entry
                })
        }
        let latent = try loaded.latent("control", sides[0], sides[1], cfg: 4, seed: 5)
        try expectClose(latent, Self.values("control/latent"), within: Self.tolerance)
    }

    @Test("runs of the refiner: usual aesthetic scores on both sides, and scores of one's own")
    func refiner() throws {
        let loaded = try Loaded("sdxl-refiner-mini")
        #expect(loaded.model.family == .sdxlRefiner)
        let (positive, negative) = (try loaded.text.encode(Self.positive), try loaded.text.encode(Self.negative))
        try expectClose(positive.entries[0].embedding, Self.values("refiner/embedding"), within: 1e-5)
        try expectClose(positive.entries[0].pooled, Self.values("refiner/pooled"), within: 1e-5)
        let usual = try loaded.latent("refiner", positive, negative, cfg: 4, seed: 3)
        try expectClose(usual, Self.values("refiner/latent"), within: Self.tolerance)
        func scored(_ conditioning: Conditioning, _ score: Double) -> Conditioning {
            var sizes = SizeConditioning(width: 768, height: 1024)
            sizes.aestheticScore = score
            return Self.sized(conditioning, sizes)
        }
        let own = try loaded.latent("scored", scored(positive, 7.25), scored(negative, 3), cfg: 4, seed: 3)
        try expectClose(own, Self.values("scored/latent"), within: Self.tolerance)
    }

    @Test("a text of another kind, or one without a pooled vector, is refused before anything is computed")
    func foreignText() throws {
        let loaded = try Loaded("sdxl-mini")
        var entry = try loaded.text.encode(Self.positive).entries[0]
        for pooled in [nil, Tensor.zeros([1, 77])] {
            entry.pooled = pooled
            let conditioning = Conditioning([entry])
            let error = #expect(throws: SamplingError.self) {
                try loaded.latent("base", conditioning, conditioning, cfg: 5, seed: 1)
            }
            #expect(error?.code == .invalidConditioning)
        }
    }

    @Test("a shorter text is filled up with empty ones, or the longer one is cut")
    func lengths() throws {
        let text = try Loaded("sdxl-mini").text
        let long = Array(repeating: "fox", count: 80).joined(separator: " ")
        #expect(try text.encode([long, "fox"], fillsUp: true).entries[0].embedding.shape == [1, 154, 192])
        #expect(try text.encode([long, "fox"]).entries[0].embedding.shape == [1, 77, 192])
    }

    @Test("LoRAs for SDXL find their layers under every spelling")
    func adapterNames() throws {
        let loaded = try Loaded("sdxl-mini")
        let unet = AdapterNames(loaded.model.content.directory).targets
        for (module, target) in [
            ("lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k", "input_blocks.4.1.transformer_blocks.0.attn2.to_k"),
            (
                "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k",
                "input_blocks.4.1.transformer_blocks.0.attn2.to_k"
            ),
            ("lora_unet_output_blocks_2_1_proj_in", "output_blocks.2.1.proj_in"),
            ("unet.up_blocks.0.attentions.2.transformer_blocks.1.ff.net.2", "output_blocks.2.1.transformer_blocks.1.ff.net.2"),
            ("lora_unet_mid_block_attentions_0_transformer_blocks_2_attn1_to_out_0", "middle_block.1.transformer_blocks.2.attn1.to_out.0"),
            ("lora_unet_label_emb_0_0", "label_emb.0.0"), ("lora_unet_add_embedding_linear_2", "label_emb.0.2"),
        ] {
            #expect(unet[module] == target + ".weight", "\(module)")
        }
        let texts = try loaded.text.patchedContents().map { AdapterNames($0.directory).targets }
        let layer = "text_model_encoder_layers_1_self_attn_q_proj"
        let path = "text_model.encoder.layers.1.self_attn.q_proj.weight"
        #expect(texts[0]["lora_te1_" + layer] == "clip_l." + path)
        #expect(texts[1]["lora_te2_" + layer] == "clip_g." + path)
        #expect(texts[0]["lora_te2_" + layer] == nil)
        #expect(texts[1]["lora_te2_text_projection"] == "clip_g.text_projection.weight")
        #expect(texts[1]["text_encoder_2.text_model.encoder.layers.1.mlp.fc1"] == "clip_g.text_model.encoder.layers.1.mlp.fc1.weight")
    }

    /// Residuals by diffusers' ControlNetUnionModel, its modules called as ComfyUI merges hints: the hint's token alone.
    @Test("a ControlNet of many kinds, told the kind of its hint or left to guess", arguments: [("auto", nil), ("depth", 1)])
    func union(_ name: String, kind: Int?) throws {
        func tensor(_ name: String, _ shape: [Int], mean: Double = 0, scale: Double = 1) throws -> Tensor {
            try TensorRecipe(name: name, shape: shape, mean: mean, scale: scale).tensor(salt: "union ")
        }
        var control = try ControlNet(
            detecting: CheckpointFile.open(RecipeModels.make("controlnet-union-mini")), fileName: "union.safetensors")
        control.hintKind = kind
        let sizes = sinusoids(of: [128, 96, 0, 0, 128, 96], width: 256).reshaped([1, 1536])
        let call = try NetworkCall(
            x: tensor("x", [2, 4, 16, 12]), timesteps: [500, 500], context: tensor("context", [2, 77, 192]),
            label: Tensor.concatenated([tensor("pooled", [2, 128]), sizes.repeatedToBatch(2)], along: 1), sigma: 1,
            sides: [.positive])
        let residuals = try control.network(model: nil) { LayerLoader(source: $0, store: WeightStore(budget: 1 << 30)) }.residuals(
            for: call, hint: tensor("hint", [1, 128, 96, 3], mean: 0.5, scale: 0.5))
        let values = UpscalingModelTests.values
        try expectClose(residuals.middle?.channelsFirst(), values("union/\(name)/middle"), within: 1e-4)
        try expectClose(residuals.output.first??.item(0).channelsFirst(), values("union/\(name)/first"), within: 1e-4)
        try expectClose(residuals.output.last??.channelsFirst(), values("union/\(name)/last"), within: 1e-4)
    }

    @Test("a kind of hint that a ControlNet of many kinds doesn't know is refused; others don't look at it")
    func unknownKind() throws {
        func network(_ recipe: String) throws -> any ControlNetwork {
            var control = try ControlNet(detecting: CheckpointFile.open(RecipeModels.make(recipe)), fileName: "")
            control.hintKind = 6
            return try control.network(model: nil) { LayerLoader(source: $0, store: WeightStore(budget: 1 << 30)) }
        }
        #expect(throws: NetworkError.self) { try network("controlnet-union-mini") }
        _ = try network("controlnet-xl-mini")
    }
}
