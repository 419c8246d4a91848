import Checkpoints
import Files
import Foundation
import GoldenSupport
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

@Suite("Saved models") struct SavedModelTests {
    static func write(_ tensors: SavedTensors) throws -> SafetensorsFile {
        let folder = RecipeModels.modelsFolder.deletingLastPathComponent().appending(path: "test-files")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appending(path: "\(UUID().uuidString).safetensors").path
        let file = try AtomicFile(path: path)
        try tensors.write(into: file)
        try file.commit()
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Mapped: the name isn't needed any more.
        return try SafetensorsFile(path: path)
    }

    @Test("an unpatched checkpoint is written as it was read")
    func roundTrip() throws {
        let source = try CheckpointFile.open(RecipeModels.make("sd1-mini"))
        let checkpoint = try Checkpoint(source)
        var tensors = SavedTensors()
        try tensors.add(Model(checkpoint))
        try tensors.add(#require(TextEncoder(checkpoint)), family: .sd1)
        tensors.add(try #require(checkpoint.vae), prefix: "first_stage_model.")
        let saved = try Self.write(tensors)
        #expect(saved.directory == source.directory)
        for name in saved.directory.keys {
            #expect(try saved.tensor(named: name).hasSameBits(as: source.tensor(named: name)), "\(name)")
        }
    }

    @Test("patches are in the file, in the type that the weight had")
    func patched() throws {
        let model = try LoRAPatchTests.model().patched(LoRAPatch(LoRAPatchTests.file("lora-kohya-ldmnames"), strength: 1))
        var tensors = SavedTensors()
        try tensors.add(model)
        let saved = try Checkpoint(Self.write(tensors))
        #expect(saved.unet.directory == model.content.directory)
        let patched = try model.patchedContent()
        for name in model.content.directory.keys {
            #expect(
                try saved.unet.tensor(named: name).hasSameBits(as: patched.tensor(named: name).float32().rounded(to: .float16)), "\(name)")
        }
    }

    @Test("an OpenCLIP text model survives its own spelling")
    func openCLIP() throws {
        let checkpoint = try Checkpoint(CheckpointFile.open(RecipeModels.make("sd1-mini")))
        let source = checkpoint.textEncoders[0].source
        let projected = InMemorySource(
            try source.directory.keys.map { ($0, try source.tensor(named: $0).float32()) }
                + [("text_projection.weight", Tensor((0..<6).map(Float.init), shape: [2, 3]))])
        let configuration = TextModelConfiguration(try #require(ModelFamily.sdxlRefiner.textModels.first))
        let part = TextEncoder.Part(configuration, source: projected)
        var tensors = SavedTensors()
        try tensors.add(TextEncoder(models: [part]), family: .sdxlRefiner)
        let saved = try Self.write(tensors)
        #expect(saved.directory.keys.allSatisfy { $0.hasPrefix("conditioner.embedders.0.model.") })
        let read = try Checkpoint.textEncoder(DerivedSource(saved, below: "conditioner.embedders.0.model.")).source
        let ignored = ["text_model.embeddings.position_ids", "logit_scale"]
        let names = projected.directory.keys.filter { !ignored.contains($0) }
        for name in names { #expect(try read.tensor(named: name).float32().floats == projected.tensor(named: name).floats, "\(name)") }
    }

    @Test("a matrix of low rank is extracted exactly, up to half precision")
    func extraction() throws {
        let up = Tensor((0..<12).map { sin(Float($0) * 1.7) }, shape: [6, 2])
        let down = Tensor((0..<10).map { cos(Float($0) * 2.3) }, shape: [2, 5])
        let difference = matrixProduct(up, down)
        var tensors = SavedTensors()
        tensors.addDifference(
            InMemorySource([("w.weight", difference), ("w.bias", Tensor([1, 2]))]), prefix: "diffusion_model.", rank: 2, kind: .standard,
            withBiases: true)
        let saved = try Self.write(tensors)
        #expect(saved.directory["diffusion_model.w.lora_up.weight"]?.shape == [6, 2])
        #expect(try saved.tensor(named: "diffusion_model.w.diff_b").float32().floats == [1, 2])
        let base = InMemorySource([("w.weight", Tensor.zeros([6, 5]))])
        let restored = try LoRAPatch(AdapterFile(saved), strength: 1).applied(to: base).tensor(named: "w.weight")
        // The clamp at the 99th percentile takes a little off the largest element.
        #expect((restored - difference).maximumMagnitude < 0.1)
        let whole = try LowRankApproximation(difference, rank: 2)
        #expect((matrixProduct(whole.up, whole.down) - difference).maximumMagnitude < 1e-5)
    }

    @Test("numbers are rounded to the nearest half, ties to even, and come back exactly")
    func rounding() {
        for bits in UInt16.min...UInt16.max {
            let value = Float(float16Bits: bits)
            if value.isNaN {
                #expect(Float(float16Bits: value.float16Bits).isNaN)
            } else if value.float16Bits != bits {
                Issue.record("\(bits)")
            }
        }
        #expect((1 + Float(0x1p-11)).float16Bits == Float(1).float16Bits)
        #expect((1 + 3 * Float(0x1p-11)).float16Bits == Float(1 + 0x1p-9).float16Bits)
        #expect(Float(70000).float16Bits == 0x7C00 && Float(0x1p-26).float16Bits == 0)
    }
}
