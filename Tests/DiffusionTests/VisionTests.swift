import Checkpoints
import Foundation
import GoldenSupport
import Pictures
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

/// Values by transformers' CLIPVisionModelWithProjection (PyTorch 2.13, float32) with the recipe models `vision-mini` (three layers,
/// 128 wide, transformers' names, quick-GELU) and `vision-mini-openclip` (31 layers, 32 wide, OpenCLIP's names, GELU).
@Suite("CLIP vision")
struct VisionTests {
    static func encoder(_ name: String) throws -> VisionEncoder {
        try VisionEncoder(CheckpointFile.open(RecipeModels.make(name)))
    }

    static func picture(_ name: String, _ salt: String, shape: [Int]) throws -> Image {
        Image(try TensorRecipe(name: name, shape: shape, mean: 0.5, scale: 0.5).tensor(salt: salt))
    }

    static let values: @Sendable (String) throws -> Tensor = { name in
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return try SafetensorsFile(path: folder.appending(path: "Data/vision.safetensors").path).tensor(named: name)
    }

    @Test(
        "sees what the reference sees: both layouts, both activations, cropped, squeezed and exact",
        arguments: [("vision-mini", 32), ("vision-mini-openclip", 42)])
    func reference(_ name: String, size: Int) throws {
        let encoder = try Self.encoder(name)
        for (crop, shape) in [("center", [2, 50, 67, 3]), ("none", [1, 50, 67, 3]), ("exact", [1, size, size, 3])] {
            let picture = try Self.picture(crop, "vision-input " + name, shape: shape)
            let output = try encoder.encode(picture, cropping: crop == "none" ? .disabled : .center)
            for (part, found) in [
                ("last", output.lastHidden), ("penultimate", output.penultimateHidden), ("embedding", output.embedding),
            ] {
                try expectClose(found, Self.values("\(name)/\(crop)/\(part)"), within: 1e-4, "\(name) \(crop) \(part)")
            }
        }
    }

    @Test("the cubic that averages where it shrinks is PyTorch's")
    func antialiased() throws {
        for (name, shape, height, width) in [
            ("shrink", [1, 37, 53, 3], 11, 17), ("grow", [1, 9, 7, 3], 20, 31), ("mixed", [2, 30, 8, 3], 7, 21),
            ("tiny", [1, 64, 64, 3], 1, 1),
        ] {
            let picture = try Self.picture(name, "antialias", shape: shape).pixels
            try expectClose(
                try picture.antialiased(width: width, height: height), Self.values("antialias/" + name), within: 1e-6, "\(name)")
        }
    }

    @Test("alpha is left out, and every picture of a batch is seen as it is seen alone")
    func channelsAndBatch() throws {
        let encoder = try Self.encoder("vision-mini")
        let picture = try Self.picture("center", "vision-input vision-mini", shape: [2, 50, 67, 3]).pixels
        let whole = try encoder.encode(Image(picture), cropping: .center)
        let alpha = Tensor(repeating: 0.3, shape: [2, 50, 67, 1])
        let transparent = try encoder.encode(Image(Tensor.concatenated([picture, alpha], along: 3)), cropping: .center)
        #expect(transparent.embedding.hasSameBits(as: whole.embedding))
        let second = try encoder.encode(Image(picture.item(1)), cropping: .center)
        #expect(whole.lastHidden.item(1).hasSameBits(as: second.lastHidden))
    }

    @Test("a long thin picture is squeezed or cropped without ado; one without colours is refused")
    func extremes() throws {
        let encoder = try Self.encoder("vision-mini")
        let line = Image(Tensor(repeating: 0.5, shape: [1, 1, 700, 3]))
        let thread = Image(Tensor(repeating: 0.5, shape: [1, 20_000, 1, 3]))
        for cropping in [Cropping.center, .disabled] {
            #expect(try encoder.encode(line, cropping: cropping).embedding.shape == [1, 48])
            #expect(try encoder.encode(thread, cropping: cropping).embedding.shape == [1, 48])
        }
        let grey = Image(Tensor(repeating: 0.5, shape: [1, 8, 8, 1]))
        #expect(throws: NetworkError.self) { try encoder.encode(grey, cropping: .center) }
    }

    @Test("other files and other models are refused by name")
    func refusals() throws {
        #expect(throws: CheckpointError.self) { try VisionEncoder(CheckpointFile.open(RecipeModels.make("vae-mini"))) }
        func refusal(_ shapes: [String: [Int]]) -> NetworkError? {
            #expect(throws: NetworkError.self) {
                _ = try CLIPVisionModel(
                    loader: LayerLoader(source: MemorySource(shapes: shapes), store: WeightStore(budget: 1 << 30)))
            }
        }
        let patches = "vision_model.embeddings.patch_embedding.weight"
        #expect(refusal([patches: [1152, 3, 14, 14]])?.reason.contains("SigLIP") == true)
        #expect(refusal([patches: [768, 3, 32, 32]])?.reason.contains("ViT-B") == true)
        #expect(refusal([patches: [32, 3, 14, 13]])?.code == .wrongShape)
        let positions = "vision_model.embeddings.position_embedding.weight"
        let odd = refusal([patches: [32, 3, 14, 14], "vision_model.embeddings.class_embedding": [32], positions: [9, 32]])
        #expect(odd?.tensor == positions)
    }
}
