import Checkpoints
import Digests
import Foundation
import GoldenSupport
import Tensors
import Testing

@testable import Descriptions
@testable import Diffusion
@testable import Networks
@testable import Prompts

/// Encodings by ComfyUI 0.3.64 (PyTorch 2.15, float32) with the synthetic model `sd1-mini`.
@Suite("Text encoder")
struct TextEncoderTests {
    struct Case: Decodable {
        struct Tolerance: Decodable { var max_abs, mean_abs: Double }
        var name: String
        var prompt: String
        var lastLayer: Int?
        var tolerance: Tolerance
    }

    struct Embeddings: EmbeddingLibrary {
        func embedding(named name: String, key: String) throws -> Tensor? {
            let recipe = ["one-vec": "embedding-one", "three-vec": "embedding-three"][name]
            guard let recipe else { return nil }
            let file = try CheckpointFile.open(RecipeModels.make(recipe))
            return try file.directory.keys.first.map { try file.tensor(named: $0) }
        }
    }

    static func encoder() throws -> TextEncoder {
        try #require(TextEncoder(Checkpoint(CheckpointFile.open(RecipeModels.make("sd1-mini")))))
    }

    @Test("gives the reference's embeddings: weights, clip skip, several chunks, textual inversions")
    func reference() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Data")
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: folder.appending(path: "text.json")))
        let values = try SafetensorsFile(path: folder.appending(path: "text.safetensors").path)
        for text in cases {
            var encoder = try Self.encoder()
            encoder.lastLayer = text.lastLayer
            let entry = try encoder.encode(text.prompt, embeddings: Embeddings()).entries[0]
            for (name, found) in [("embedding", entry.embedding), ("pooled", try #require(entry.pooled))] {
                let expected = try values.tensor(named: "\(text.name)/\(name)")
                try #require(found.shape == expected.shape, "\(text.name)")
                let difference = found - expected
                #expect(Double(difference.maximumMagnitude) <= text.tolerance.max_abs, "\(text.name) \(name)")
                #expect(difference.map(abs).mean <= text.tolerance.mean_abs, "\(text.name) \(name)")
            }
        }
    }

    @Test("many chunks give what each gives alone")
    func manyChunks() throws {
        let words = Array(repeating: "fox", count: 75 * 17 + 1).joined(separator: " ")
        let encoder = try Self.encoder()
        let long = try encoder.encode(words).entries[0].embedding
        #expect(long.shape == [1, 77 * 18, 128])
        let one = try encoder.encode(Array(repeating: "fox", count: 75).joined(separator: " ")).entries[0].embedding
        #expect(long.narrowed(1, from: 77 * 16, count: 77).hasSameBits(as: one))
        let last = try encoder.encode("fox").entries[0].embedding
        #expect(long.narrowed(1, from: 77 * 17, count: 77).hasSameBits(as: last))
    }

    @Test("layers are read and packed once, however many prompts follow")
    func packedOnce() throws {
        let store = WeightStore(budget: 1 << 30)
        let encoder = try Self.encoder()
        _ = try encoder.encode("a red fox", store: store)
        let packed = store.counters.packed
        _ = try encoder.encode("a (blue:1.2) lake", store: store)
        #expect(packed > 0 && store.counters.packed == packed)
    }

    @Test("scaling the attention packs only its layers again, and changes the digest")
    func scaledAttention() throws {
        let store = WeightStore(budget: 1 << 30)
        let encoder = try Self.encoder()
        let plain = try encoder.encode("a red fox", store: store)
        let packed = store.counters.packed
        let scaled = encoder.patched(ScaledLayers([.init(pathPart: "self_attn.out_proj", factor: 0.9)]))
        let other = try scaled.encode("a red fox", store: store)
        #expect(store.counters.packed == packed + 4)  // one output projection in each of four layers
        #expect(!other.entries[0].embedding.hasSameBits(as: plain.entries[0].embedding))
        #expect(try scaled.digest() != encoder.digest())
        let neutral = encoder.patched(ScaledLayers([.init(pathPart: "self_attn.out_proj", factor: 1)]))
        _ = try neutral.encode("a red fox", store: store)
        #expect(store.counters.packed == packed + 4)
    }

    @Test("a checkpoint without its text model gives no text encoder; a text model whose sizes don't fit is refused by name")
    func incomplete() throws {
        struct Renamed: TensorSource {
            let base: any TensorSource
            var directory: [String: TensorInfo] {
                base.directory.mapValues { $0 }.merging(["clip_l.text_model.final_layer_norm.weight": .init(dtype: .float32, shape: [7])]) {
                    $1
                }
            }
            var displayName: String { base.displayName }
            func tensor(named name: String) throws -> Tensor { try base.tensor(named: name) }
            func contentDigest() throws -> Digest { try base.contentDigest() }
        }
        let part = try Self.encoder().models[0]
        let loader = LayerLoader(source: Renamed(base: part.content), store: WeightStore(budget: 1 << 30)).part("clip_l")
        let error = #expect(throws: NetworkError.self) { try CLIPTextModel(part.configuration, loader: loader) }
        #expect(error?.tensor == "clip_l.text_model.final_layer_norm.weight")
        let vae = try CheckpointFile.open(RecipeModels.make("vae-mini"))
        #expect(throws: CheckpointError.self) { try TextEncoder(files: [vae]) }
    }
}
