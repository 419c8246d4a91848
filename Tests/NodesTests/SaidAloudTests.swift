import Checkpoints
import Diffusion
import Digests
import Foundation
import GoldenSupport
import Pictures
import Synchronization
import Tensors
import Testing
import WorkflowEngine

@testable import Descriptions
@testable import Networks
@testable import Nodes
@testable import Samplers
@testable import Workflows

@Suite("What a node goes on without is said")
struct SaidAloudTests {
    private let folder: TemporaryFolder
    private let services: NodeServices

    init() throws {
        folder = try TemporaryFolder()
        try RecipeModels.make("sd1-mini")
        let models = ModelFolders(roots: [folder.path, RecipeModels.modelsFolder.path])
        services = NodeServices(models: models, input: folder.path, output: folder.path + "/out", temporary: folder.path)
    }

    private final class Said: Sendable {
        private let texts = Mutex<[String]>([])
        func add(_ text: String) { texts.withLock { $0.append(text) } }
        var all: [String] { texts.withLock { $0 } }
        func has(_ part: String) -> Bool { all.contains { $0.contains(part) } }
    }

    /// Runs a node as the engine does: with what looks at its results.
    private func run(_ node: some Node, _ inputs: [(String, any WorkflowValue)]) throws -> (outputs: NodeOutputs, said: Said) {
        var values = NodeInputs()
        for (name, value) in inputs { values.set(name, to: [value]) }
        let said = Said()
        let run = RunContext(node: "1", type: "Test", report: { if case .warning(let text) = $0 { said.add(text) } })
        let outputs = try NodeAdaptor(node: node, services: services, fileInputs: []).run(values, in: run)
        return (outputs, said)
    }

    private func value<Value>(_ outputs: NodeOutputs, _ index: Int = 0, as type: Value.Type = Value.self) throws -> Value {
        guard case .value(let value) = outputs.values[index], let value = value as? Value else {
            throw NodeError(.wrongType, "no such output")
        }
        return value
    }

    private func load() throws -> (model: Model, text: TextEncoder, vae: VAE) {
        let outputs = try run(CheckpointLoaderSimple(), [("ckpt_name", "sd1-mini.safetensors")]).outputs
        return try (value(outputs, 0), value(outputs, 1), value(outputs, 2))
    }

    private func write(_ name: String, _ tensors: [(String, Tensor)]) throws {
        try folder.file(name)
        try SafetensorsWriter.write(tensors.map { (name: $0.0, tensor: $0.1) }, to: folder.path + "/" + name)
    }

    // MARK: LoRAs

    private static let module = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_q"

    private func pair(_ module: String, _ rows: Int, _ columns: Int, _ number: Float = 0) -> [(String, Tensor)] {
        [
            (module + ".lora_up.weight", Tensor(repeating: number, shape: [rows, 1])),
            (module + ".lora_down.weight", Tensor(repeating: 1, shape: [1, columns])),
        ]
    }

    private func width(_ model: Model) -> Int {
        model.content.directory["input_blocks.1.1.transformer_blocks.0.attn2.to_q.weight"]?.shape[0] ?? 0
    }

    private func lora(_ name: String, text: Double = 1) throws -> Said {
        let loaded = try load()
        return try run(
            LoraLoader(),
            [
                ("model", loaded.model), ("clip", loaded.text), ("lora_name", name), ("strength_model", 1.0), ("strength_clip", text),
            ]
        ).said
    }

    @Test("a LoRA that fits is applied without a word; layers that don't are counted and named")
    func layers() throws {
        let n = width(try load().model)
        try write("loras/good.safetensors", pair(Self.module, n, n))
        #expect(try lora("good.safetensors").all.isEmpty)
        try write("loras/half.safetensors", pair(Self.module, n, n) + pair("lora_te3_text_model_encoder_layers_0_mlp_fc1", 4, 4))
        let half = try lora("half.safetensors")
        #expect(half.all.count == 1)
        #expect(half.has("1 of 2 layers of half.safetensors fit this model; left out: lora_te3_text_model"))
        // For the model alone, layers of a text encoder are as they should be.
        #expect(try lora("half.safetensors", text: 0).all.isEmpty)
        try write("loras/other.safetensors", pair(Self.module, n + 1, n))
        #expect(try lora("other.safetensors").has("0 of 1 layers of other.safetensors fit this model"))
        try write("loras/none.safetensors", [("x", .zeros([1]))])
        #expect(try lora("none.safetensors").has("holds no LoRA"))
        try write("loras/more.safetensors", pair(Self.module, n, n) + [(Self.module + ".on_input", .zeros([1]))])
        #expect(try lora("more.safetensors").has("IA3"))
    }

    @Test("a hook's LoRA meets its model in the sampler, and is judged there")
    func hooks() throws {
        let loaded = try load()
        try write("loras/other.safetensors", pair(Self.module, 3, 3))
        let hooks: ConditioningHooks = try value(
            run(CreateHookLora(), [("lora_name", "other.safetensors"), ("strength_model", 1.0), ("strength_clip", 1.0)]).outputs)
        var conditioning = try loaded.text.encode("a fox")
        conditioning.entries[0].hooks = hooks
        let said = try run(
            KSampler(),
            [
                ("model", loaded.model), ("seed", Int64(1)), ("steps", Int64(1)), ("cfg", 1.0), ("sampler_name", "euler"),
                ("scheduler", "normal"),
                ("positive", conditioning), ("negative", conditioning), ("latent_image", Latent(samples: .zeros([1, 4, 8, 8]))),
                ("denoise", 1.0),
            ]
        ).said
        #expect(said.all.count { $0.contains("0 of 1 layers of other.safetensors") } == 1)
    }

    @Test("PEFT's configuration counts for files that bear its names, and is told of elsewhere")
    func configuration() throws {
        let n = width(try load().model)
        try folder.file("loras/a/adapter_config.json", #"{"r": 1, "lora_alpha": 4}"#)
        let module = "base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_q"
        try write(
            "loras/a/adapter_model.safetensors",
            [
                (module + ".lora_B.weight", Tensor(repeating: 1, shape: [n, 1])),
                (module + ".lora_A.weight", Tensor(repeating: 1, shape: [1, n])),
            ])
        let loaded = try load()
        let inputs: [(String, any WorkflowValue)] = [
            ("model", loaded.model), ("lora_name", "a/adapter_model.safetensors"), ("strength_model", 1.0),
        ]
        let (outputs, said) = try run(LoraLoaderModelOnly(), inputs)
        #expect(said.all.isEmpty)
        let name = "input_blocks.1.1.transformer_blocks.0.attn2.to_q.weight"
        let change =
            try value(outputs, as: Model.self).patchedContent().tensor(named: name).float32()
            - loaded.model.content.tensor(named: name).float32()
        #expect(change.floats.allSatisfy { abs($0 - 4) < 1e-4 })
        // The configuration is part of what the result depends on.
        var values = NodeInputs()
        for (name, value) in inputs { values.set(name, to: [value]) }
        #expect(try LoraLoaderModelOnly().externalContents(values, in: services).count == 1)
        try folder.file("loras/b/adapter_config.json", #"{"r": 1, "lora_alpha": 4}"#)
        try write(
            "loras/b/only.safetensors",
            [
                ("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_q.lora_B.weight", .zeros([n, 1])),
                ("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_q.lora_A.weight", .zeros([1, n])),
            ])
        #expect(try lora("b/only.safetensors").has("asks for 4.0 times its strength"))
    }

    // MARK: Numbers that are none

    @Test("NaN is told of where it arises, with the file that it comes from, and once")
    func notANumber() throws {
        let loaded = try load()
        let n = width(loaded.model)
        try write("loras/bad.safetensors", pair(Self.module, n, n, .nan))
        let patched: Model = try value(
            run(LoraLoaderModelOnly(), [("model", loaded.model), ("lora_name", "bad.safetensors"), ("strength_model", 1.0)]).outputs)
        let conditioning = try loaded.text.encode("a fox")
        let sampled = try run(
            KSampler(),
            [
                ("model", patched), ("seed", Int64(1)), ("steps", Int64(2)), ("cfg", 1.0), ("sampler_name", "euler"),
                ("scheduler", "normal"),
                ("positive", conditioning), ("negative", conditioning), ("latent_image", Latent(samples: .zeros([1, 4, 8, 8]))),
                ("denoise", 1.0),
            ])
        #expect(sampled.said.has("step 1 of 2 gives NaN"))
        #expect(sampled.said.has("bad.safetensors has NaN numbers in \(Self.module).lora_up.weight"))
        // What is made of it says nothing more; what is saved does.
        let decoded = try run(VAEDecode(), [("samples", value(sampled.outputs, as: Latent.self)), ("vae", loaded.vae)])
        #expect(decoded.said.all.isEmpty)
        let image: Image = try value(decoded.outputs)
        #expect(image.firstNotFinite() != nil)
        #expect(try run(PreviewImage(), [("images", image)]).said.has("NaN"))
    }

    @Test("a VAE that holds NaN is named though the latent is fine")
    func autoencoder() throws {
        let loaded = try load()
        let source = try #require(loaded.vae.source)
        var tensors = try source.directory.keys.sorted().map { ($0, try source.tensor(named: $0).float32()) }
        let place = try #require(tensors.firstIndex { $0.0 == "decoder.conv_out.bias" })
        tensors[place].1 = Tensor([0, .infinity, 0])
        try write("vae/bad.safetensors", tensors)
        let vae: VAE = try value(run(VAELoader(), [("vae_name", "bad.safetensors")]).outputs)
        let infinite = try run(VAEDecode(), [("samples", Latent(samples: .zeros([1, 4, 8, 8]))), ("vae", vae)])
        #expect(infinite.said.has("bad.safetensors has infinite numbers in decoder.conv_out.bias"))
        tensors[place].1 = Tensor([0, .nan, 0])
        try write("vae/worse.safetensors", tensors)
        let worse: VAE = try value(run(VAELoader(), [("vae_name", "worse.safetensors")]).outputs)
        let said = try run(VAEDecode(), [("samples", Latent(samples: .zeros([1, 4, 8, 8]))), ("vae", worse)]).said
        #expect(said.has("worse.safetensors has NaN numbers in decoder.conv_out.bias"))
    }

    @Test("good numbers are nobody's business")
    func good() throws {
        let loaded = try load()
        #expect(try run(CLIPTextEncode(), [("clip", loaded.text), ("text", "a fox")]).said.all.isEmpty)
        #expect(
            try run(EmptyImage(), [("width", Int64(8)), ("height", Int64(8)), ("batch_size", Int64(1)), ("color", Int64(5))]).said.all
                .isEmpty)
    }

    // MARK: Sizes

    @Test("sizes and places that latents can't have are told, and what is taken instead")
    func cells() throws {
        func latent(_ width: Int64, _ height: Int64) throws -> (outputs: NodeOutputs, said: Said) {
            try run(EmptyLatentImage(), [("width", width), ("height", height), ("batch_size", Int64(1))])
        }
        #expect(try latent(64, 32).said.all.isEmpty)
        #expect(try latent(61, 32).said.all == ["width: 61 isn't of whole eighths, as latents are; 56 is taken"])
        let samples: Latent = try value(latent(64, 64).outputs)
        let crop: [(String, any WorkflowValue)] = [("samples", samples), ("width", Int64(16)), ("height", Int64(16))]
        #expect(try run(LatentCrop(), crop + [("x", Int64(12)), ("y", Int64(0))]).said.all.count == 1)
        let small: [(String, any WorkflowValue)] = [
            ("samples", samples), ("upscale_method", "bilinear"), ("crop", "disabled"), ("width", Int64(16)), ("height", Int64(64)),
        ]
        #expect(try run(LatentUpscale(), small).said.has("width: 16 is less than a latent can be scaled to; 64 is taken"))
        let area: [(String, any WorkflowValue)] = [
            ("conditioning", try load().text.encode("a")), ("width", Int64(64)), ("height", Int64(64)), ("x", Int64(4)), ("y", Int64(0)),
            ("strength", 1.0),
        ]
        #expect(try run(ConditioningSetArea(), area).said.has("x: 4 isn't of whole eighths"))
    }

    @Test("edges that a VAE cuts off are told")
    func edges() throws {
        let vae = try load().vae
        func encode(_ width: Int) throws -> Said {
            try run(VAEEncode(), [("pixels", Image(Tensor(repeating: 0.5, shape: [1, 16, width, 3]))), ("vae", vae)]).said
        }
        #expect(try encode(16).all.isEmpty)
        #expect(try encode(20).has("20 × 16 pixels isn't of whole eighths, as latents are; 16 × 16"))
    }

    @Test("more than is there is told, and what is taken")
    func limits() throws {
        let image = Image(Tensor(repeating: 0.5, shape: [2, 8, 8, 3]))
        let crop = try run(
            ImageCrop(), [("image", image), ("x", Int64(4)), ("y", Int64(0)), ("width", Int64(8)), ("height", Int64(8))])
        #expect(crop.said.all == ["width: 8 is more than there is; 4 is taken"])
        let batch = try run(ImageFromBatch(), [("image", image), ("batch_index", Int64(1)), ("length", Int64(5))])
        #expect(batch.said.all == ["length: 5 is more than there is; 1 is taken"])
        let latent = Latent(samples: .zeros([2, 4, 8, 8]))
        #expect(
            try run(LatentFromBatch(), [("samples", latent), ("batch_index", Int64(7)), ("length", Int64(1))]).said.has("batch_index: 7"))
        let mask = Mask(Tensor(repeating: 1, shape: [1, 8, 8]))
        #expect(
            try run(CropMask(), [("mask", mask), ("x", Int64(0)), ("y", Int64(2)), ("width", Int64(8)), ("height", Int64(9))]).said.has(
                "height: 9"))
    }

    @Test("a mask that doesn't turn with its latent is told")
    func turnedMask() throws {
        var latent = Latent(samples: .zeros([1, 4, 8, 8]))
        #expect(try run(LatentRotate(), [("samples", latent), ("rotation", "90 degrees")]).said.all.isEmpty)
        latent.noiseMask = Tensor(repeating: 1, shape: [1, 1, 8, 8])
        #expect(try run(LatentRotate(), [("samples", latent), ("rotation", "90 degrees")]).said.has("its mask isn't turned"))
        #expect(try run(LatentFlip(), [("samples", latent), ("flip_method", "x-axis: vertically")]).said.has("its mask isn't mirrored"))
    }

    // MARK: Embeddings

    private func encode(_ text: String) throws -> (embedding: Tensor, said: Said) {
        let (outputs, said) = try run(CLIPTextEncode(), [("clip", try load().text), ("text", text)])
        return (try value(outputs, as: Conditioning.self).entries[0].embedding, said)
    }

    private func textWidth() throws -> Int {
        let directory = try load().text.models[0].content.directory
        return directory["clip_l.text_model.embeddings.token_embedding.weight"]?.shape[1] ?? 0
    }

    @Test("an embedding is found in sub-folders, with either separator, with and without its ending")
    func embeddingPlaces() throws {
        try write("embeddings/people/old/betsy.safetensors", [("emb_params", Tensor(repeating: 0.5, shape: [2, try textWidth()]))])
        let (expected, said) = try encode("embedding:people/old/betsy")
        #expect(said.all.isEmpty)
        for name in ["betsy", "betsy.safetensors", "old/betsy", "people\\old\\betsy", "old\\betsy.safetensors"] {
            let (found, said) = try encode("embedding:\(name)")
            #expect(found.hasSameBits(as: expected) && said.all.isEmpty, "\(name)")
        }
        // Directly in the folder comes first, whatever is below.
        try write("embeddings/betsy.safetensors", [("emb_params", Tensor(repeating: -0.5, shape: [1, try textWidth()]))])
        #expect(try !encode("embedding:betsy").embedding.hasSameBits(as: expected))
    }

    @Test("of several embeddings of one name in sub-folders the first is taken, and said")
    func ambiguous() throws {
        for place in ["a", "b"] { try write("embeddings/\(place)/x.safetensors", [("e", .zeros([1, try textWidth()]))]) }
        #expect(try encode("embedding:x").said.has("2 embeddings called \"x\""))
    }

    @Test("a LoRA's tag in a prompt is text here, and says so; a name that differs a little is suggested; no vector is told")
    func prompts() throws {
        #expect(
            try encode("a fox <lora:ink:0.8>").said.has("<lora:ink:0.8> is encoded as plain text, as in ComfyUI; LoraLoader applies ink"))
        #expect(try encode("a fox <3, a < b: c > d").said.all.isEmpty)
        try write("embeddings/Betsy.safetensors", [("e", .zeros([1, try textWidth()]))])
        #expect(try encode("embedding:betsy.pt").said.has("\"betsy.pt\" was not found and is left out; there is Betsy.safetensors"))
        try write("embeddings/none.safetensors", [("e", .zeros([0, try textWidth()]))])
        #expect(try encode("embedding:none").said.has("\"none\" holds no vector"))
    }

    @Test("tensors of an embedding file that aren't used are named; another text model's are no news")
    func embeddingParts() throws {
        let width = try textWidth()
        try write("embeddings/two.safetensors", [("a", .zeros([1, width])), ("b", .zeros([1, width]))])
        #expect(try encode("embedding:two").said.has("holds 2 tensors; a is used, as in ComfyUI, and b isn't"))
        try write("embeddings/xl.safetensors", [("clip_l", .zeros([1, width])), ("clip_g", .zeros([1, 2 * width]))])
        #expect(try encode("embedding:xl").said.all.isEmpty)
        try write("embeddings/wide.safetensors", [("e", .zeros([1, width + 1]))])
        #expect(try encode("embedding:wide").said.has("wide"))
    }

    @Test("the parts of a list are joined, the wide ones for wide models left out")
    func embeddingList() throws {
        let file = InMemoryTensors([
            "0.a": Tensor(repeating: 1, shape: [1, 4]), "1.a": Tensor(repeating: 2, shape: [2, 4]), "2.b": .zeros([1, 8]),
            "10.a": Tensor(repeating: 3, shape: [4]),
        ])
        let vectors = try #require(try EmbeddingVectors(file).tensor(key: "clip_l", width: 4) { _ in })
        #expect(vectors.shape == [4, 4])
        #expect(vectors.floats[0] == 1 && vectors.floats[4] == 2 && vectors.floats[12] == 3)
    }

    // MARK: Configurations

    private func configured(_ name: String) throws -> (model: Model, text: TextEncoder, said: Said) {
        let (outputs, said) = try run(CheckpointLoader(), [("config_name", name), ("ckpt_name", "sd1-mini.safetensors")])
        return (try value(outputs, 0), try value(outputs, 1), said)
    }

    @Test(
        "the configurations that ComfyUI comes with need no file",
        arguments: [
            ("v1-inference.yaml", nil, false), ("v1-inference_clip_skip_2.yaml", -2, false), ("anything_v3.yaml", -2, false),
            ("v2-inference-v.yaml", nil, true), ("old\\v1-inference_fp16.yaml", nil, false),
        ] as [(String, Int?, Bool)])
    func stock(name: String, layer: Int?, velocity: Bool) throws {
        let found = try configured(name)
        #expect(found.text.lastLayer == layer)
        #expect((found.model.samplingSettings.prediction == .v) == velocity)
        #expect(services.contains(name, in: "configs"))
    }

    @Test("a configuration file says layer and prediction; what else it says differently is told")
    func file() throws {
        try folder.file(
            "configs/mine.yaml",
            """
            model:
              params:
                parameterization: "v"
                linear_start: 0.0015
                scale_factor: 0.18215
                cond_stage_config: {params: {layer: hidden, layer_idx: -3}}
            """)
        let found = try configured("mine.yaml")
        #expect(found.text.lastLayer == -3 && found.model.samplingSettings.prediction == .v)
        #expect(found.said.all.count == 1 && found.said.has("linear_start 0.0015 in mine.yaml has no effect"))
        // One's own file of that name counts.
        try folder.file("configs/v1-inference.yaml", "model: {params: {cond_stage_config: {params: {layer_idx: -4}}}}")
        #expect(try configured("v1-inference.yaml").text.lastLayer == -4)
        try folder.file("configs/bad.yaml", "checkpoints: x")
        #expect(throws: NodeError.self) { try configured("bad.yaml") }
        #expect(throws: NodeError.self) { try configured("missing.yaml") }
    }

    @Test("a configuration beside a checkpoint has no effect, and that is told where it would have one")
    func beside() throws {
        let model = try #require(try services.models.path(of: "sd1-mini.safetensors", kind: "checkpoints"))
        try folder.file("checkpoints/here.txt")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/checkpoints/mine.safetensors", withDestinationPath: model)
        func said() throws -> Said { try run(CheckpointLoaderSimple(), [("ckpt_name", "mine.safetensors")]).said }
        #expect(try said().all.isEmpty)
        try folder.file("checkpoints/mine.yaml", "model: {params: {cond_stage_config: {target: x}}}")
        #expect(try said().all.isEmpty)
        try folder.file("checkpoints/mine.yaml", "model: {params: {parameterization: v}}")
        #expect(try said().has("mine.yaml beside the checkpoint asks for v-prediction"))
    }

    // MARK: Files

    @Test("GGUF's loaders have the inputs that their pack gives them")
    func gguf() throws {
        for type in ["UnetLoaderGGUF", "UnetLoaderGGUFAdvanced", "CLIPLoaderGGUF", "DualCLIPLoaderGGUF"] {
            let spec = try #require(NodeCatalog.standard.spec(type))
            #expect(spec.input("weight_dtype") == nil)
        }
        let model = try #require(try services.models.path(of: "sd1-mini.safetensors", kind: "checkpoints"))
        try FileManager.default.createDirectory(atPath: folder.path + "/unet", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/unet/sd1-mini.safetensors", withDestinationPath: model)
        #expect(
            try value(run(UnetLoaderGGUF(), [("unet_name", "sd1-mini.safetensors")]).outputs, as: Model.self).content.directory.isEmpty
                == false)
    }
}

private struct InMemoryTensors: TensorSource {
    let tensors: [String: Tensor]
    init(_ tensors: [String: Tensor]) { self.tensors = tensors }
    var directory: [String: TensorInfo] { tensors.mapValues { TensorInfo(dtype: $0.dtype, shape: $0.shape) } }
    var displayName: String { "memory" }
    func tensor(named name: String) throws -> Tensor {
        guard let tensor = tensors[name] else { throw missingTensor(name) }
        return tensor
    }
    func contentDigest() throws -> Digest { .of("memory") }
}
