import Checkpoints
import Foundation
import Tensors
import Testing

@Suite("Diffusers folders in pieces") struct ShardedModelTests {
    let folder: TemporaryFolder
    init() throws {
        folder = try TemporaryFolder()
        try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.path("model_index.json")))
        try write("unet/diffusion_pytorch_model.safetensors", ["conv_in.weight": 1])
    }

    private func write(_ name: String, _ values: [String: Float]) throws {
        let path = folder.path(name)
        try FileManager.default.createDirectory(
            at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        try SafetensorsWriter.write(values.sorted { $0.key < $1.key }.map { ($0.key, Tensor([$0.value])) }, to: path)
    }

    private func index(_ name: String, _ map: [String: String]) throws {
        let json = try JSONEncoder().encode(["weight_map": map])
        try json.write(to: URL(fileURLWithPath: folder.path(name)))
    }

    private var root: String { URL(fileURLWithPath: folder.path("x")).deletingLastPathComponent().path }

    private func value(_ name: String) throws -> Float { try FolderSource(path: root).tensor(named: name).float32().floats[0] }

    @Test("a part in two files is one, by its index")
    func whole() throws {
        try write("text_encoder/model-00001-of-00002.safetensors", ["a": 1])
        try write("text_encoder/model-00002-of-00002.safetensors", ["b": 2])
        try index(
            "text_encoder/model.safetensors.index.json",
            ["a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"])
        #expect(try value("text_encoder.a") == 1 && value("text_encoder.b") == 2)
        let digest = try FolderSource(path: root).contentDigest()
        try write("text_encoder/model-00002-of-00002.safetensors", ["b": 3])
        #expect(try FolderSource(path: root).contentDigest() != digest)
    }

    @Test("pieces without their index are found by their numbers, and a missing one is named")
    func withoutIndex() throws {
        try write("vae/diffusion_pytorch_model-00001-of-00002.safetensors", ["a": 1])
        let error = #expect(throws: CheckpointError.self) { try FolderSource(path: root) }
        #expect(error?.file.hasSuffix("vae/diffusion_pytorch_model-00002-of-00002.safetensors") == true)
        try write("vae/diffusion_pytorch_model-00002-of-00002.safetensors", ["b": 2])
        #expect(try value("vae.b") == 2)
    }

    @Test("a piece that the index names and that isn't there is named, and so is a tensor")
    func missing() throws {
        try write("text_encoder/model-00001-of-00002.safetensors", ["a": 1])
        try index(
            "text_encoder/model.safetensors.index.json",
            ["a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"])
        let piece = #expect(throws: CheckpointError.self) { try FolderSource(path: root) }
        #expect(piece?.code == .notFound && piece?.file.hasSuffix("model-00002-of-00002.safetensors") == true)
        #expect(piece?.hint?.contains("model.safetensors.index.json") == true)
        try write("text_encoder/model-00002-of-00002.safetensors", ["c": 1])
        let tensor = #expect(throws: CheckpointError.self) { try FolderSource(path: root) }
        #expect(tensor?.code == .missingTensor && tensor?.tensor == "b")
    }

    @Test("an index names files beside it only")
    func outside() throws {
        try write("text_encoder/x.safetensors", ["a": 1])
        try index("text_encoder/model.safetensors.index.json", ["a": "../unet/diffusion_pytorch_model.safetensors"])
        #expect(throws: CheckpointError.self) { try FolderSource(path: root) }
    }

    @Test("of several variants the one that ComfyUI takes is taken, and any other before none")
    func variants() throws {
        try write("vae/diffusion_pytorch_model.bf16.safetensors", ["a": 3])
        #expect(try value("vae.a") == 3)
        try index("vae/diffusion_pytorch_model.safetensors.index.fp16.json", ["a": "p.safetensors"])
        try write("vae/p.safetensors", ["a": 2])
        #expect(try value("vae.a") == 2)
        try write("vae/diffusion_pytorch_model.safetensors", ["a": 1])
        #expect(try value("vae.a") == 1)
    }

    @Test("a part whose folder holds no weights is named")
    func empty() throws {
        try FileManager.default.createDirectory(atPath: folder.path("text_encoder"), withIntermediateDirectories: true)
        #expect(try FolderSource(path: root).directory.count == 1)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.path("text_encoder/config.json")))
        let error = #expect(throws: CheckpointError.self) { try FolderSource(path: root) }
        #expect(error?.file.hasSuffix("text_encoder") == true)
        #expect(error?.reason.contains("index.json") == true)
    }
}
