import Problems
import Diffusion
import Foundation
import GoldenSupport
import Pictures
import Tensors
import Testing
import WorkflowEngine

@testable import Nodes
@testable import Samplers

@Suite("Nodes around ControlNets, hooks and folders of pictures")
struct SteeringNodeTests {
    private let folder: TemporaryFolder
    private let services: NodeServices

    init() throws {
        folder = try TemporaryFolder()
        for recipe in ["sd1-mini", "controlnet-mini"] { try RecipeModels.make(recipe) }
        services = NodeServices(
            models: ModelFolders(roots: [RecipeModels.modelsFolder.path]), input: folder.path, output: folder.path + "/out",
            temporary: folder.path)
    }

    private func run(
        _ node: some Node, _ inputs: KeyValuePairs<String, any WorkflowValue>, warn: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> [any WorkflowValue] {
        let run = RunContext(node: "1", type: "Test", report: { if case .warning(let text) = $0 { warn(text) } })
        return try node.run(NodeInputs(inputs), in: NodeContext(services: services, run: run)).values.compactMap {
            if case .value(let value) = $0 { value } else { nil }
        }
    }

    private func textEncoder() throws -> TextEncoder {
        try #require(try run(CheckpointLoaderSimple(), ["ckpt_name": "sd1-mini.safetensors"])[1] as? TextEncoder)
    }

    private func encoded(_ text: String, _ encoder: TextEncoder) throws -> Conditioning {
        try #require(try run(CLIPTextEncode(), ["clip": encoder, "text": text]).first as? Conditioning)
    }

    @Test("every entry gets the ControlNet's text, and the picture's text stays")
    func controlText() throws {
        let encoder = try textEncoder()
        let (picture, steering) = (try encoded("a hill", encoder), try encoded("an edge", encoder))
        let conditioning = Conditioning(picture.entries + picture.entries)
        let found = try #require(
            try run(CLIPTextEncodeControlnet(), ["clip": encoder, "conditioning": conditioning, "text": "an edge"]).first as? Conditioning)
        #expect(found.entries.count == 2)
        for entry in found.entries {
            #expect(entry.embedding.hasSameBits(as: picture.entries[0].embedding))
            #expect(entry.controlEmbedding?.hasSameBits(as: steering.entries[0].embedding) == true)
        }
        #expect(try found.contentDigest != conditioning.contentDigest)
    }

    @Test("a ControlNet without a place for a mask steers by the picture as it is, and says so")
    func maskedControl() throws {
        let encoder = try textEncoder()
        let text = try encoded("a hill", encoder)
        let control = try #require(try run(ControlNetLoader(), ["control_net_name": "control-mini.safetensors"]).first)
        let image = Image(Tensor(repeating: 0.5, shape: [1, 16, 16, 3]))
        let inputs: KeyValuePairs<String, any WorkflowValue> = [
            "positive": text, "negative": text, "control_net": control, "image": image, "strength": 0.5, "start_percent": 0.0,
            "end_percent": 0.75, "mask": Mask(Tensor(repeating: 1, shape: [1, 16, 16])),
        ]
        let warned = Warnings()
        let masked = try run(ControlNetInpaintingAliMamaApply(), inputs, warn: { warned.add($0) })
        let plain = try run(ControlNetApplyAdvanced(), inputs)
        #expect(try masked.map { try $0.contentDigest } == plain.map { try $0.contentDigest })
        #expect(warned.count == 1)
    }

    private final class Warnings: @unchecked Sendable {
        private let lock = NSLock()
        private var texts: [String] = []
        func add(_ text: String) { lock.withLock { texts.append(text) } }
        var count: Int { lock.withLock { texts.count } }
    }

    @Test("keyframes follow a list of numbers, or are one for one number")
    func keyframes() throws {
        func keyframes(_ strengths: any WorkflowValue) throws -> [HookKeyframes.Keyframe] {
            let found = try run(
                CreateHookKeyframesFromFloats(),
                ["floats_strength": strengths, "start_percent": 0.2, "end_percent": 0.8, "print_keyframes": false])
            return try #require(found.first as? HookKeyframes).keyframes
        }
        let list = try keyframes(Sigmas([1, 0.5, 0.25, 0]))
        #expect(list.map(\.strength) == [1, 0.5, 0.25, 0])
        for (found, expected) in zip(list.map(\.start), [0.2, 0.4, 0.6, 0.8]) { #expect(abs(found - expected) < 1e-9) }
        #expect(list.map(\.isGuaranteed) == [true, false, false, false])
        #expect(try keyframes(0.75).map(\.strength) == [0.75])
        #expect(try keyframes(0.75).map(\.start) == [0.2])
    }

    private func picture(_ name: String, width: Int, height: Int, value: Float) throws {
        let pixels = Tensor(repeating: value, shape: [1, height, width, 3])
        try FileManager.default.createDirectory(atPath: folder.path + "/set", withIntermediateDirectories: true)
        try Data(PNGWriter.encode(Image(pixels))).write(to: URL(fileURLWithPath: folder.path + "/set/" + name))
    }

    @Test("pictures come with an encoded text each; without a file beside them it is the empty one")
    func texts() throws {
        try picture("a.png", width: 4, height: 2, value: 1)
        try picture("b.png", width: 4, height: 2, value: 0)
        try folder.file("set/b.txt", " a hill \n")
        let encoder = try textEncoder()
        let found = try run(LoadImageTextSetFromFolder(), ["folder": "set", "clip": encoder])
        #expect((found[0] as? Image)?.pixels.shape == [2, 2, 4, 3])
        let entries = try #require(found[1] as? Conditioning).entries
        let expected = try [encoded("", encoder), encoded("a hill", encoder)].map { $0.entries[0].embedding }
        #expect(entries.count == 2)
        for (entry, embedding) in zip(entries, expected) { #expect(entry.embedding.hasSameBits(as: embedding)) }
        var inputs = NodeInputs()
        for (name, value) in [("folder", "set"), ("clip", encoder)] as [(String, any WorkflowValue)] { inputs.set(name, to: [value]) }
        #expect(try LoadImageTextSetFromFolder().externalContents(inputs, in: services).count == 3)
    }

    @Test("a text that is none is refused with its name")
    func damagedText() throws {
        try picture("a.png", width: 4, height: 2, value: 1)
        try Data([0xFF, 0xFE, 0x00]).write(to: URL(fileURLWithPath: folder.path + "/set/a.txt"))
        let encoder = try textEncoder()
        let error = #expect(throws: NodeError.self) { try run(LoadImageTextSetFromFolder(), ["folder": "set", "clip": encoder]) }
        #expect(error?.reason.contains("a.txt") == true)
    }

    @Test("Crop keeps the upper left corner and adds black; a wanted size holds for all")
    func sizes() throws {
        try picture("a.png", width: 4, height: 2, value: 1)
        try picture("b.png", width: 2, height: 4, value: 1)
        let cropped = try #require(try run(LoadImageSetFromFolder(), ["folder": "set", "resize_method": "Crop"]).first as? Image)
        #expect(cropped.pixels.item(1).narrowed(3, from: 0, count: 1).floats == [1, 1, 0, 0, 1, 1, 0, 0])
        let encoder = try textEncoder()
        for method in ["Stretch", "Pad"] {
            let found = try run(
                LoadImageTextSetFromFolder(),
                ["folder": "set", "clip": encoder, "resize_method": method, "width": Int64(6), "height": Int64(5)])
            #expect((found[0] as? Image)?.pixels.shape == [2, 5, 6, 3])
        }
        #expect(throws: NodeError.self) { try run(LoadImageSetFromFolder(), ["folder": "set", "resize_method": "None"]) }
    }
}
