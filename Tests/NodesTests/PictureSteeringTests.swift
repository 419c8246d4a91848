import Checkpoints
import Diffusion
import Foundation
import GoldenSupport
import Pictures
import Tensors
import Testing
import WorkflowEngine

@testable import Networks
@testable import Nodes

@Suite("Nodes that steer by pictures and sizes")
struct PictureSteeringTests {
    private let folder: TemporaryFolder
    private let services: NodeServices

    init() throws {
        folder = try TemporaryFolder()
        for recipe in ["unclip-mini", "style-mini", "vision-mini", "photomaker-mini", "sdxl-mini", "sd1-mini"] {
            try RecipeModels.make(recipe)
        }
        services = NodeServices(
            models: ModelFolders(roots: [RecipeModels.modelsFolder.path]), input: folder.path, output: folder.path,
            temporary: folder.path)
    }

    private func run(_ node: some Node, _ inputs: [(String, any WorkflowValue)]) throws -> NodeOutputs {
        var values = NodeInputs()
        for (name, value) in inputs { values.set(name, to: [value]) }
        let run = RunContext(node: "1", type: "Test", report: { _ in })
        return try node.run(values, in: NodeContext(services: services, run: run))
    }

    private func value<Value>(_ outputs: NodeOutputs, _ index: Int = 0, as type: Value.Type = Value.self) throws -> Value {
        guard case .value(let value) = outputs.values[index], let value = value as? Value else {
            throw NodeError(.wrongType, "no such output")
        }
        return value
    }

    private func text(_ recipe: String) throws -> TextEncoder {
        try value(run(CheckpointLoaderSimple(), [("ckpt_name", recipe + ".safetensors")]), 1)
    }

    @Test("a checkpoint with a vision model gives it as fourth output; seen pictures add up, and one of strength 0 is none")
    func unCLIP() throws {
        let loaded = try run(unCLIPCheckpointLoader(), [("ckpt_name", "unclip-mini.safetensors")])
        let vision: VisionEncoder = try value(loaded, 3)
        let picture = Image(Tensor(repeating: 0.4, shape: [2, 20, 30, 3]))
        let seen: VisionOutput = try value(
            run(CLIPVisionEncode(), [("clip_vision", vision), ("image", picture), ("crop", "none")]))
        #expect(seen.embedding.shape == [2, 48])
        let text = Conditioning([.init(embedding: .zeros([1, 77, 64]))])
        func steered(_ conditioning: Conditioning, by strength: Double) throws -> Conditioning {
            try value(
                run(
                    unCLIPConditioning(),
                    [
                        ("conditioning", conditioning), ("clip_vision_output", seen), ("strength", strength), ("noise_augmentation", 0.2),
                    ]))
        }
        #expect(try steered(text, by: 0).contentDigest == text.contentDigest)
        let twice = try steered(steered(text, by: 1), by: -0.5)
        #expect(twice.entries[0].seenPictures.map(\.strength) == [1, -0.5])
        #expect(try steered(text, by: 1).contentDigest != steered(text, by: 2).contentDigest)
    }

    @Test("a checkpoint without a vision model loads, and lacks the fourth output")
    func unCLIPWithoutVision() throws {
        let loaded = try run(unCLIPCheckpointLoader(), [("ckpt_name", "sd1-mini.safetensors")])
        guard case .absent = loaded.values[3] else {
            Issue.record("\(loaded.values[3])")
            return
        }
    }

    @Test("style tokens follow the text, times their strength; Flux's way of weighing them is refused")
    func style() throws {
        let style: StyleModel = try value(run(StyleModelLoader(), [("style_model_name", "style-mini.safetensors")]))
        let vision: VisionEncoder = try value(run(CLIPVisionLoader(), [("clip_name", "vision-mini.safetensors")]))
        let picture = Image(Tensor(repeating: 0.4, shape: [1, 20, 30, 3]))
        let seen: VisionOutput = try value(
            run(CLIPVisionEncode(), [("clip_vision", vision), ("image", picture), ("crop", "center")]))
        func applied(_ width: Int, _ strength: Double, _ type: String) throws -> Conditioning {
            try value(
                run(
                    StyleModelApply(),
                    [
                        ("conditioning", Conditioning([.init(embedding: .zeros([1, 77, width]))])), ("style_model", style),
                        ("clip_vision_output", seen), ("strength", strength), ("strength_type", type),
                    ]))
        }
        let full = try applied(96, 1, "attn_bias").entries[0].embedding
        let half = try applied(96, 0.5, "multiply").entries[0].embedding
        #expect(full.shape == [1, 85, 96])
        #expect((full * 0.5).hasSameBits(as: half))
        #expect(full.narrowed(1, from: 77, count: 8).maximumMagnitude > 0.1)
        #expect(throws: NodeError.self) { try applied(96, 0.5, "attn_bias") }
        #expect(throws: NodeError.self) { try applied(64, 1, "multiply") }
    }

    @Test("SDXL's prompt node gives each text model its text, and the sizes; other text encoders are refused")
    func textAndSizes() throws {
        func inputs(_ encoder: TextEncoder) -> [(String, any WorkflowValue)] {
            let sizes = [("width", 1344), ("height", 768), ("crop_w", 3), ("crop_h", 4), ("target_width", 1000), ("target_height", 900)]
            return [("clip", encoder), ("text_g", "a lighthouse"), ("text_l", "oil on canvas")] + sizes.map { ($0.0, Int64($0.1)) }
        }
        let encoder = try text("sdxl-mini")
        let entry = try value(run(CLIPTextEncodeSDXL(), inputs(encoder)), as: Conditioning.self).entries[0]
        #expect(try entry.embedding.hasSameBits(as: encoder.encode(["oil on canvas", "a lighthouse"]).entries[0].embedding))
        var sizes = SizeConditioning(width: 1344, height: 768)
        (sizes.cropWidth, sizes.cropHeight, sizes.targetWidth, sizes.targetHeight) = (3, 4, 1000, 900)
        #expect(entry.sizes == sizes)
        #expect(throws: NodeError.self) { try run(CLIPTextEncodeSDXL(), inputs(text("sd1-mini"))) }
    }

    @Test("a text without the word is encoded as it is, one with it has one other token, one that is too long is refused")
    func photoMaker() throws {
        let maker: PhotoMaker = try value(run(PhotoMakerLoader(), [("photomaker_model_name", "photomaker-mini.safetensors")]))
        let encoder = try text("sdxl-mini")
        let picture = Image(Tensor(repeating: 0.4, shape: [1, 20, 30, 3]))
        func embedding(_ text: String) throws -> Tensor {
            try value(
                run(PhotoMakerEncode(), [("photomaker", maker), ("image", picture), ("clip", encoder), ("text", text)]),
                as: Conditioning.self
            ).entries[0].embedding
        }
        #expect(try embedding("a fox").hasSameBits(as: encoder.encode("a fox").entries[0].embedding))
        #expect(throws: NodeError.self) { try embedding("photo of photomaker " + String(repeating: "fox ", count: 90)) }
        // The recipe's text is 192 numbers wide, its PhotoMaker 80: SDXL's own are both 2048.
        #expect(throws: NetworkError.self) { try embedding("photo of photomaker") }
    }
}
