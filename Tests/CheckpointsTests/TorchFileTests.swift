import Checkpoints
import Foundation
import GoldenSupport
import Tensors
import Testing

@Suite("Torch files") struct TorchFileTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }
    typealias P = PickleBytes

    func open(_ bytes: [UInt8]) throws -> TorchFile { try TorchFile(path: folder.write(bytes, to: "m.ckpt")) }

    static func modelFile(_ name: String) -> String {
        RecipeModels.recipesFolder.deletingLastPathComponent().appending(path: "models/\(name)").path
    }

    static let matrix = P.dict([(P.text("a"), P.tensor(P.storage("0", count: 6), shape: [2, 3], strides: [3, 1]))])
    static let six = P.floats([1, 2, 3, 4, 5, 6])

    @Test("a zip of PyTorch gives its tensors", arguments: [false, true])
    func zip(zip64: Bool) throws {
        let file = try open(P.torchZip(Self.matrix, ["0": Self.six], zip64: zip64))
        #expect(file.directory == ["a": TensorInfo(dtype: .float32, shape: [2, 3])])
        #expect(try file.tensor(named: "a").float32().floats == [1, 2, 3, 4, 5, 6])
    }

    @Test("the older run of pickles gives its tensors")
    func legacy() throws {
        let content = P.dict([
            (P.text("a"), P.tensor(P.storage("11", count: 2, view: P.none), shape: [2], strides: [1])),
            (P.text("b"), P.tensor(P.storage("7", type: "HalfStorage", count: 2, view: P.none), shape: [2], strides: [1])),
            (
                P.text("c"),
                P.tensor(
                    P.storage("7", type: "HalfStorage", count: 2, view: P.tuple([P.text("v"), P.int(1), P.int(1)])), shape: [1],
                    strides: [1])
            ),
        ])
        let file = try open(P.torchLegacy(content, keys: ["7", "11"], storages: [(2, [0, 0x3C, 0, 0x40]), (2, P.floats([5, 6]))]))
        #expect(try file.tensor(named: "a").float32().floats == [5, 6])
        #expect(try file.tensor(named: "b").float32().floats == [1, 2])
        #expect(try file.tensor(named: "c").float32().floats == [2])
    }

    @Test("transposed, shifted and repeated tensors are collected")
    func strides() throws {
        let storage = P.storage("0", count: 6)
        let content = P.dict([
            (P.text("turned"), P.tensor(storage, shape: [3, 2], strides: [1, 3])),
            (P.text("part"), P.tensor(storage, offset: 2, shape: [2], strides: [2])),
            (P.text("repeated"), P.tensor(storage, offset: 1, shape: [2, 2], strides: [0, 1])),
            (P.text("empty"), P.tensor(storage, offset: 99, shape: [0, 2], strides: [2, 1])),
            (P.text("scalar"), P.tensor(storage, offset: 5, shape: [], strides: [])),
        ])
        let file = try open(P.torchZip(content, ["0": Self.six]))
        #expect(try file.tensor(named: "turned").floats == [1, 4, 2, 5, 3, 6])
        #expect(try file.tensor(named: "part").floats == [3, 5])
        #expect(try file.tensor(named: "repeated").floats == [2, 3, 2, 3])
        #expect(try file.tensor(named: "empty").count == 0)
        #expect(try file.tensor(named: "scalar").float32().scalar == 6)
    }

    @Test("a state_dict inside is unwrapped; unknown classes beside it are inert")
    func lightning() throws {
        let content = P.dict([
            (P.text("epoch"), P.int(3)),
            (P.name("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint"), P.dict([(P.text("best"), P.none)])),
            (P.text("callbacks"), P.call(P.name("pytorch_lightning.x", "Thing"), [P.int(1)]) + P.dict([]) + [0x62]),
            (P.text("state_dict"), Self.matrix),
        ])
        #expect(try open(P.torchZip(content, ["0": Self.six])).directory.keys.sorted() == ["a"])
    }

    @Test("eight-bit floats in an untyped storage are read")
    func float8() throws {
        let storage =
            P.tuple([P.text("storage"), P.name("torch.storage", "UntypedStorage"), P.text("0"), P.text("cpu"), P.int(2)]) + [0x51]
        let tensor = P.call(
            P.name("torch._utils", "_rebuild_tensor_v3"),
            [storage, P.int(0), P.tuple([P.int(2)]), P.tuple([P.int(1)]), [0x89], P.none, P.name("torch", "float8_e4m3fn")])
        let file = try open(P.torchZip(P.dict([(P.text("a"), tensor)]), ["0": [0x38, 0x40]]))
        #expect(try file.tensor(named: "a").float32().floats == [1, 2])
    }

    @Test("parameters and nested containers have names with dots; plain values are kept beside")
    func nesting() throws {
        let tensor = P.tensor(P.storage("0", count: 6), shape: [6], strides: [1])
        let parameter = P.call(P.name("torch._utils", "_rebuild_parameter"), [tensor, [0x88], P.none])
        let content = P.dict([
            (P.text("string_to_param"), P.dict([(P.text("*"), parameter)])),
            (P.int(768), P.tuple([P.dict([(P.text("w"), tensor)]), P.none])),
            (P.text("name"), P.text("thing")), (P.text("flag"), [0x88]),
        ])
        let file = try open(P.torchZip(content, ["0": Self.six]))
        #expect(file.directory.keys.sorted() == ["768.0.w", "string_to_param.*"])
        #expect(file.values == ["name": "thing", "flag": "true"])
    }

    @Test(
        "files that PyTorch wrote are read",
        arguments: [
            ("embeddings/concept.bin", 1), ("embeddings/two-vec-webui.pt", 1), ("hypernetworks/hyper-mini.pt", 16),
            ("upscale_models/compact-x4.pth", 10),
        ])
    func realFiles(name: String, atLeast: Int) throws {
        let file = try TorchFile(path: Self.modelFile(name))
        #expect(file.directory.count >= atLeast || atLeast > 1 && file.directory.count > 1, "\(file.directory.keys.sorted())")
        for name in file.directory.keys { #expect(try file.tensor(named: name).float32().firstNotFinite == nil) }
    }

    @Test("the same network as .pth and as safetensors has the same weights")
    func pthEqualsSafetensors() throws {
        let pth = Checkpoint.upscaler(try CheckpointFile.open(Self.modelFile("upscale_models/compact-x4.pth")))
        let recipe = try SafetensorsFile(path: RecipeModels.make("upscale-compact"))
        #expect(pth.directory.keys.sorted() == recipe.directory.keys.sorted())
    }
}
