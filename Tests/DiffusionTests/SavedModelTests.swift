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
        try tensors.add(VAE(try #require(checkpoint.vae)), prefix: "first_stage_model.")
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
                + [("text_projection.weight", Tensor((0..<256).map(Float.init), shape: [2, 128]))])
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

    /// Bytes of the file.
    private static func bytes(_ tensors: SavedTensors) throws -> Data {
        let folder = RecipeModels.modelsFolder.deletingLastPathComponent().appending(path: "test-files")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appending(path: "\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: path) }
        let file = try AtomicFile(path: path.path)
        try tensors.write(into: file)
        try file.commit()
        return try Data(contentsOf: path)
    }

    @Test("text models and autoencoders are written by their parameters: the same bytes as by the names of a whole file")
    func walks() throws {
        let checkpoint = try Reference.checkpoint("sdxl-mini")
        let encoder = try #require(TextEncoder(checkpoint))
        for (part, patched) in zip(encoder.models, try encoder.patchedContents()) {
            var walked = SavedTensors(), listed = SavedTensors()
            try walked.add(part, patched, prefix: "")
            let key = part.configuration.key + "."
            for name in part.content.directory.keys.sorted() {
                listed.add(String(name.dropFirst(key.count)), from: patched, named: name, storedAs: part.content.directory[name])
            }
            #expect(!walked.names.isEmpty)
            #expect(try Self.bytes(walked) == Self.bytes(listed), "\(key)")
        }
        let source = try #require(checkpoint.vae)
        var walked = SavedTensors(), listed = SavedTensors()
        try walked.add(VAE(source), prefix: "")
        for name in source.directory.keys.sorted() { listed.add(name, from: source, named: name, storedAs: nil) }
        #expect(try Self.bytes(walked) == Self.bytes(listed))
    }

    @Test("half an autoencoder is written, too, and training's leftovers are not")
    func halfOfVAE() throws {
        let source = try #require(Reference.checkpoint().vae)
        let half = InMemorySource(
            try source.directory.keys.filter { !$0.hasPrefix("encoder.") && !$0.hasPrefix("quant_conv.") }
                .map { ($0, try source.tensor(named: $0)) } + [("loss.logvar", Tensor([1]))])
        var tensors = SavedTensors()
        try tensors.add(VAE(half), prefix: "")
        #expect(Set(tensors.names) == Set(half.directory.keys.filter { $0 != "loss.logvar" }))
    }

    @Test("a checkpoint with OpenCLIP's text model has every tensor again, under its name")
    func openCLIPCheckpoint() throws {
        let source = try CheckpointFile.open(RecipeModels.make("sdxl-mini"))
        let checkpoint = try Checkpoint(source)
        var tensors = SavedTensors()
        try tensors.add(#require(TextEncoder(checkpoint)), family: .sdxl)
        let saved = try Self.write(tensors)
        let names = source.directory.keys.filter { $0.hasPrefix("conditioner.") }
        #expect(Set(saved.directory.keys) == Set(names))
        for name in names {
            #expect(try saved.tensor(named: name).float32().hasSameBits(as: source.tensor(named: name).float32()), "\(name)")
        }
    }

    @Test("a difference has every weight of the network, and no more")
    func wholeDifference() throws {
        let model = try Model(Reference.checkpoint())
        var tensors = SavedTensors()
        tensors.addDifference(
            try model.parameters(), of: model.content, prefix: "diffusion_model.", rank: 2, kind: .standard, withBiases: true)
        let expected = model.content.directory.flatMap { name, info -> [String] in
            let module = "diffusion_model." + name.split(separator: ".").dropLast().joined(separator: ".")
            if name.hasSuffix(".bias") { return [module + ".diff_b"] }
            return info.shape.count < 2 ? [module + ".diff"] : [module + ".lora_up.weight", module + ".lora_down.weight"]
        }
        #expect(tensors.names.count == expected.count)
        #expect(Set(tensors.names) == Set(expected))
    }

    @Test("a matrix of low rank is extracted exactly, up to half precision")
    func extraction() throws {
        let up = Tensor((0..<12).map { sin(Float($0) * 1.7) }, shape: [6, 2])
        let down = Tensor((0..<10).map { cos(Float($0) * 2.3) }, shape: [2, 5])
        let difference = matrixProduct(up, down)
        var tensors = SavedTensors()
        let tree = ParameterTree([
            Parameter(name: "w.weight", shape: [6, 5], dtype: .float32, role: .linearWeight),
            Parameter(name: "w.bias", shape: [2], dtype: .float32, role: .bias),
        ])
        tensors.addDifference(
            tree, of: InMemorySource([("w.weight", difference), ("w.bias", Tensor([1, 2]))]), prefix: "diffusion_model.", rank: 2,
            kind: .standard, withBiases: true)
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
