import Checkpoints
import Diffusion
import Formats
import Foundation
import GoldenSupport
import Pictures
import Tensors
import Testing
import WorkflowEngine

@testable import Networks
@testable import Nodes
@testable import Samplers

@Suite("Stored values")
struct ValueCodecTests {
    private func counting(_ shape: [Int]) -> Tensor {
        Tensor((0..<shape.reduce(1, *)).map { Float($0) / 7 - 1 }, shape: shape)
    }

    private let folder: TemporaryFolder
    private let codecs: ValueCodecs
    init() throws {
        folder = try TemporaryFolder()
        codecs = ValueCodecs(
            files: NodeServices(
                models: ModelFolders(roots: [RecipeModels.modelsFolder.path]), input: folder.path, output: folder.path,
                temporary: folder.path))
    }

    /// A file that is recognised as a GLIGEN network; there is no more in it.
    private func gligen() throws -> String {
        var writer = SafetensorsWriter(metadata: [])
        writer.add("position_net.null_positive_feature", TensorInfo(dtype: .float32, shape: [1]))
        let path = folder.path + "/gligen.safetensors"
        try Data(writer.header() + [0, 0, 128, 63]).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// No field of any of them is what it is by default.
    private func values() throws -> [any WorkflowValue] {
        var entry = Conditioning.Entry(embedding: counting([1, 3, 4]), pooled: counting([1, 4]))
        entry.area = .shares(height: 1.0 / 3, width: 0.1, y: 0, x: 0.25)
        entry.controlEmbedding = counting([1, 5, 4])
        entry.mask = counting([1, 2, 2])
        entry.strength = 0.1
        entry.timestepRange = ScheduleRange(start: 0.3, end: 0.1)
        entry.isDefault = true
        entry.maskStrength = 0.7
        entry.maskSetsArea = true
        entry.controlsApplyToOtherSide = true
        var control = try ControlNet(
            detecting: CheckpointFile.open(RecipeModels.make("controlnet-mini")), fileName: "a_shuffle.safetensors")
        control.hintKind = 3
        entry.controls = [
            ControlApplication(
                control: control, hint: counting([1, 2, 2, 3]), strength: 0.3, timestepRange: ScheduleRange(start: 0.1, end: 0.9))
        ]
        var keyframes = HookKeyframes()
        keyframes.add(.init(strength: 0.5, start: 0.25, isGuaranteed: false))
        let adapter = AdapterFile(try CheckpointFile.open(RecipeModels.make("lora-kohya")))
        let checkpoint = try Checkpoint(CheckpointFile.open(RecipeModels.make("sd1-mini-b")))
        entry.hooks = ConditioningHooks([
            .init(LoRAChange(adapter), modelStrength: 0.1, textStrength: 0.2, keyframes: keyframes),
            .init(CheckpointChange(checkpoint), modelStrength: -0.1, textStrength: 0),
        ])
        entry.grounding = Grounding(
            model: try GroundingModel(detecting: CheckpointFile.open(gligen())),
            boxes: [.init(text: counting([1, 4]), height: 1, width: 2, y: 3, x: 4)])
        var other = Conditioning.Entry(embedding: counting([1, 2, 4]))
        other.area = .cells(height: 1, width: 2, y: 3, x: 4)
        other.sizes = SizeConditioning(width: 1024, height: 768)
        other.sizes?.targetHeight = 700
        other.sizes?.targetWidth = 900
        other.sizes?.cropWidth = 3
        other.sizes?.cropHeight = 4
        other.sizes?.aestheticScore = 0.1
        for number in 1...2 {
            other.seenPictures.append(
                SeenPicture(embedding: counting([number, 5]), strength: 0.1 * Float(number), noiseAugmentation: 0.3))
        }
        entry.upscaling = UpscaleConditioning(picture: counting([1, 3, 2, 2]), noiseAugmentation: 0.25)
        entry.sizes = SizeConditioning(width: 1, height: 2)
        other.inpainting = .init(latent: counting([1, 4, 2, 2]), mask: counting([1, 2, 2]))
        return [
            Image(counting([2, 3, 4, 3])), Mask(counting([1, 3, 4])), Sigmas([14.6, 1, 0]),
            Latent(samples: counting([2, 4, 1, 2]), noiseMask: counting([1, 1, 8, 8]), batchIndex: [3, 0]),
            Latent(samples: counting([1, 4, 1, 2])), Conditioning([entry, other]), Conditioning([]),
            VisionOutput(lastHidden: counting([2, 5, 4]), penultimateHidden: counting([2, 5, 4]), embedding: counting([2, 3])),
        ]
    }

    @Test("a stored value comes back with the same digest")
    func roundTrip() throws {
        for value in try values() {
            let codec = try #require(codecs.codec(for: value.typeName))
            let stored = try #require(try codec.encode(value))
            #expect(try codec.decode(stored).contentDigest == value.contentDigest, "\(value.typeName)")
        }
    }

    @Test("what isn't a stored value of its type is refused, not trusted")
    func refusals() throws {
        for value in try values() {
            let codec = try #require(codecs.codec(for: value.typeName))
            #expect(throws: (any Error).self) { try codec.decode(StoredValue()) }
            var stored = try #require(try codec.encode(value))
            guard let first = stored.tensors.first else { continue }
            stored.tensors[0] = StoredTensor(
                name: first.name, dtype: .float32, shape: first.shape + [2], byteCount: first.byteCount
            ) { body in try first.withBytes(body) }
            #expect(throws: (any Error).self, "\(value.typeName)") { try codec.decode(stored) }
        }
    }
}
