import Checkpoints
import Diffusion
import Foundation
import GoldenSupport
import Tensors
import Testing
import WorkflowEngine

@testable import Descriptions
@testable import Networks
@testable import Nodes

@Suite("Nodes for models")
struct ModelNodeTests {
    private let folder: TemporaryFolder
    private let services: NodeServices

    init() throws {
        folder = try TemporaryFolder()
        for recipe in ["sd1-mini", "sd1-mini-b", "lora-kohya", "lora-lokr"] { try RecipeModels.make(recipe) }
        try FileManager.default.createDirectory(
            atPath: RecipeModels.modelsFolder.path + "/hypernetworks", withIntermediateDirectories: true)
        let models = ModelFolders(
            roots: [RecipeModels.modelsFolder.path, RecipeModels.recipesFolder.deletingLastPathComponent().path + "/models"])
        services = NodeServices(models: models, input: folder.path, output: folder.path + "/out", temporary: folder.path)
    }

    private func run(_ node: some Node, _ inputs: [(String, any WorkflowValue)], warn: @escaping @Sendable (String) -> Void = { _ in })
        throws -> NodeOutputs
    {
        var values = NodeInputs()
        for (name, value) in inputs { values.set(name, to: [value]) }
        let run = RunContext(node: "1", type: "Test", report: { if case .warning(let text) = $0 { warn(text) } })
        return try node.run(values, in: NodeContext(services: services, run: run))
    }

    private func value<Value>(_ outputs: NodeOutputs, _ index: Int = 0, as type: Value.Type = Value.self) throws -> Value {
        guard case .value(let value) = outputs.values[index], let value = value as? Value else {
            throw NodeError(.wrongType, "no such output")
        }
        return value
    }

    private func load(_ name: String = "sd1-mini") throws -> (model: Model, text: TextEncoder, vae: VAE) {
        let outputs = try run(CheckpointLoaderSimple(), [("ckpt_name", "\(name).safetensors")])
        return try (value(outputs, 0), value(outputs, 1), value(outputs, 2))
    }

    private func lora(_ name: String, _ loaded: (model: Model, text: TextEncoder, vae: VAE), _ model: Double, _ text: Double) throws
        -> NodeOutputs
    {
        try run(
            LoraLoader(),
            [
                ("model", loaded.model), ("clip", loaded.text), ("lora_name", name), ("strength_model", model), ("strength_clip", text),
            ])
    }

    @Test("a LoRA without strength is the same model, even if its file is missing")
    func noStrength() throws {
        let loaded = try load()
        let outputs = try lora("missing.safetensors", loaded, 0, 0)
        #expect(try value(outputs, as: Model.self).digest() == loaded.model.digest())
        #expect(throws: NodeError.self) { try lora("missing.safetensors", loaded, 1, 0) }
    }

    @Test("model and text encoder are patched by their own strengths")
    func strengths() throws {
        let loaded = try load()
        let one = try lora("kohya.safetensors", loaded, 1, 0)
        #expect(try value(one, as: Model.self).digest() != loaded.model.digest())
        #expect(try value(one, 1, as: TextEncoder.self).digest() == loaded.text.digest())
        let other = try lora("kohya.safetensors", loaded, 1, 0.5)
        #expect(try value(other, as: Model.self).digest() == value(one, as: Model.self).digest())
        #expect(try value(other, 1, as: TextEncoder.self).digest() != loaded.text.digest())
    }

    @Test("a merge with itself in any share is the model itself, nearly")
    func mergeWithItself() throws {
        let model = try load().model
        let merged: Model = try value(run(ModelMergeSimple(), [("model1", model), ("model2", model), ("ratio", 0.25)]))
        let name = "input_blocks.1.0.in_layers.2.weight"
        let difference = try merged.patchedContent().tensor(named: name) - model.content.tensor(named: name).float32()
        #expect(difference.maximumMagnitude < 1e-6)
    }

    @Test("blocks are merged by the longest name, the rest by the first share")
    func mergeBlocks() throws {
        let (first, second) = (try load().model, try load("sd1-mini-b").model)
        let merged: Model = try value(
            run(
                ModelMergeBlocks(),
                [
                    ("model1", first), ("model2", second), ("input", 1.0), ("middle", 0.0), ("out", 1.0),
                ]))
        let content = try merged.patchedContent()
        for (name, expected) in [
            ("middle_block.0.in_layers.2.weight", second), ("input_blocks.0.0.weight", first), ("out.2.weight", first),
            ("time_embed.0.weight", first),
        ] {
            #expect(try content.tensor(named: name).float32().floats == expected.content.tensor(named: name).float32().floats, "\(name)")
        }
        #expect(try content.digest(of: "out.2.weight") == first.content.digest(of: "out.2.weight"))
    }

    @Test("what is saved loads again, patches and all")
    func save() throws {
        let loaded = try load()
        let patched = try lora("kohya.safetensors", loaded, 1, 1)
        let model: Model = try value(patched)
        let outputs = try run(
            CheckpointSave(),
            [
                ("model", model), ("clip", try value(patched, 1, as: TextEncoder.self)), ("vae", loaded.vae),
                ("filename_prefix", "models/mine"),
            ])
        let path = try #require(outputs.files.first?.path)
        #expect(path.hasSuffix("/out/models/mine_00001_.safetensors"))
        let saved = try Checkpoint(CheckpointFile.open(path))
        #expect(saved.family == .sd1 && saved.vae != nil && saved.textEncoders.count == 1)
        let name = "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"
        let difference = try saved.unet.tensor(named: name).float32() - model.patchedContent().tensor(named: name)
        #expect(difference.maximumMagnitude < 1e-3)
    }

    @Test("a hypernetwork makes another model of the same weights")
    func hypernetwork() throws {
        let model = try load().model
        let patched: Model = try value(
            run(
                HypernetworkLoader(),
                [
                    ("model", model), ("hypernetwork_name", "hyper-mini.pt"), ("strength", 1.0),
                ]))
        #expect(try patched.digest() != model.digest())
        #expect(try patched.patchedContent().contentDigest() == model.content.contentDigest())
    }
}
