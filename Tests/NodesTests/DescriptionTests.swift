import Checkpoints
import Digests
import Foundation
import GoldenSupport
import Pictures
import Tensors
import Testing
import WorkflowEngine

@testable import Diffusion
@testable import Nodes

/// Remembers which fields of a value it was shown.
private final class NameVisitor: FieldVisitor {
    private(set) var names: Set<String> = []
    private var depth = 0
    var isReading: Bool { false }

    private func note(_ name: String) {
        if depth == 0 { names.insert(String(name.prefix { $0 != "." })) }
    }

    func visit(_ name: String, _ value: inout Int) { note(name) }
    func visit(_ name: String, _ value: inout UInt64) { note(name) }
    func visit(_ name: String, _ value: inout Float) { note(name) }
    func visit(_ name: String, _ value: inout Double) { note(name) }
    func visit(_ name: String, _ value: inout Bool) { note(name) }
    func visit(_ name: String, _ value: inout String) { note(name) }
    func visit(_ name: String, _ value: inout Tensor) { note(name) }
    func visit(_ name: String, _ value: inout [Float]) { note(name) }
    func visit(_ name: String, _ value: inout any TensorSource) { note(name) }
    func visit<Part: Diffusion.Recipe>(recipe name: String, _ value: inout Part) { note(name) }
    func visit<Patch>(
        patch name: String, _ value: inout Patch, _ describe: (inout Patch) throws -> Void, digest: (Patch) throws -> Digest
    ) { note(name) }
    func count(_ name: String, _ count: Int) -> Int {
        note(name)
        return count
    }
    func presence(_ name: String, _ isPresent: Bool) -> Bool {
        note(name)
        return isPresent
    }
    func mark(_ mark: DigestMark) {}
    func unmarked<Result>(_ body: () throws -> Result) rethrows -> Result { try body() }
    func within(_ name: String, _ body: () throws -> Void) rethrows {
        note(name)
        depth += 1
        defer { depth -= 1 }
        try body()
    }
    func open(_ file: FileReference) throws -> any TensorSource { throw DescriptionError("nothing is read") }
}

@Suite("Values describe themselves once") struct DescriptionTests {
    /// Every type that has fields, patches and hooks of every kind among them.
    static let blanks: [any Described] =
        [
            Conditioning.blank, Conditioning.Entry.blank, Conditioning.Inpainting.blank, ControlApplication.blank, ScheduleRange.blank,
            SeenPicture.blank, SizeConditioning.blank, UpscaleConditioning.blank, Grounding.blank, Grounding.Box.blank,
            GroundingModel.blank, ConditioningHooks.blank, ConditioningHooks.Hook.blank, HookKeyframes.blank,
            HookKeyframes.Keyframe.blank, ControlNet.blank, Model.blank, TextEncoder.blank, TextEncoder.Part.blank, VAE.blank,
            VisionEncoder.blank, PhotoMaker.blank, StyleModel.blank, UpscaleModel.blank, SamplingSettings.blank, Latent.blank,
            Image.blank, Mask.blank, Sigmas.blank, Guider.blank, VisionOutput.blank,
        ] + PatchTable.all.map { $0.blank } + ChangeTable.all.map { $0.blank }

    /// What follows from other fields and is found again from them.
    static let derived: [String: Set<String>] = ["Model": ["structure"], "HypernetworkPatch": ["settings"]]

    @Test("every stored property of every value is shown to whoever looks at it")
    func complete() throws {
        for blank in Self.blanks {
            let type = "\(type(of: blank))"
            let visitor = NameVisitor()
            var value = blank
            try value.describe(to: visitor)
            let stored = Set(Mirror(reflecting: blank).children.compactMap(\.label))
            let missing = stored.subtracting(visitor.names).subtracting(Self.derived[type] ?? [])
            #expect(missing.isEmpty, "\(type) forgets \(missing.sorted())")
        }
    }

    @Test("every kind of patch is in the table by which it is read")
    func patches() throws {
        let sources = RecipeModels.recipesFolder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/Diffusion")
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
        var found: Set<String> = []
        for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(
                of: /struct (\w+): (?:ModelPatch|WeightPatch|NetworkPatch|GuidancePatch|SamplingPatch|MaskSchedule)\b/)
            {
                found.insert(String(match.1))
            }
        }
        #expect(found == Set(PatchTable.all.map(PatchTable.name)))
    }
}

@Suite("Recipes of models travel", .serialized) struct RecipeTravelTests {
    private static let types: Set<String> = [
        "MODEL", "CLIP", "VAE", "CONTROL_NET", "CLIP_VISION", "STYLE_MODEL", "UPSCALE_MODEL", "PHOTOMAKER", "GLIGEN", "HOOKS",
        "CONDITIONING", "GUIDER", "NOISE", "LATENT_OPERATION", "HOOK_KEYFRAMES", "TIMESTEPS_RANGE",
    ]

    /// A value as another process would get it: bytes, and then the value again by services of its own.
    private func travelled(_ value: any WorkflowValue, services: NodeServices) throws -> any WorkflowValue {
        let codec = try #require(ValueCodecs(files: services).codec(for: value.typeName), "\(value.typeName)")
        let stored = try #require(try codec.encode(value), "\(value.typeName) can't be written down")
        // Fields cross as text, arrays as bytes: nothing of this process is in them.
        return try codec.decode(
            StoredValue(
                fields: Dictionary(
                    uniqueKeysWithValues: stored.fields.map { ($0.key, String(decoding: Array($0.value.utf8), as: UTF8.self)) }),
                tensors: stored.tensors))
    }

    @Test("what any node gives comes back with the same digest, whatever was changed about a model on the way")
    func everyNode() async throws {
        for recipe in NumberProbe.recipes { try RecipeModels.make(recipe) }
        let probe = try NumberProbe(diary: "/dev/null")
        let standIns = try await probe.standIns()
        var seen: [String: Int] = [:]
        for type in NodeTable.byType.keys.sorted() {
            guard let spec = NodeCatalog.standard.spec(type), spec.outputs.contains(where: { Self.types.contains($0.type.description) })
            else { continue }
            let report = try await probe.report(of: spec, nil, [], standIns)
            for value in (report.values["probed"] ?? []).joined() where Self.types.contains(value.typeName) {
                let again = try travelled(value, services: probe.services)
                #expect(try again.contentDigest == value.contentDigest, "\(type) gives a \(value.typeName) that comes back as another")
                #expect(again.byteCount == value.byteCount, "\(type)")
                seen[value.typeName, default: 0] += 1
            }
        }
        for type in [
            "MODEL", "CLIP", "VAE", "CONTROL_NET", "CLIP_VISION", "STYLE_MODEL", "UPSCALE_MODEL", "PHOTOMAKER", "HOOKS", "CONDITIONING",
            "GUIDER",
        ] {
            #expect(seen[type, default: 0] > 0, "no node gave a \(type)")
        }
        #expect(seen["MODEL", default: 0] > 25, "\(seen)")
    }

    @Test("sampling with a model, a LoRA and a ControlNet that travelled gives the same bits")
    func sameBits() async throws {
        for recipe in NumberProbe.recipes { try RecipeModels.make(recipe) }
        let probe = try NumberProbe(diary: "/dev/null")
        var standIns = try await probe.standIns()
        func outputs(_ type: String) async throws -> [any WorkflowValue] {
            let spec = try #require(NodeCatalog.standard.spec(type))
            let report = try await probe.report(of: spec, nil, [], standIns)
            #expect(report.exitCode == 0, "\(type): \(report.nodes.compactMap(\.failure))")
            return Array((report.values["probed"] ?? []).joined())
        }
        for type in ["LoraLoader", "FreeU_V2", "RescaleCFG", "HypernetworkLoader"] {
            guard let patched = try await outputs(type).first(where: { $0.typeName == "MODEL" }) else {
                Issue.record("\(type) gave no model")
                return
            }
            standIns["MODEL"] = patched
        }
        standIns["CONDITIONING"] = try await outputs("ControlNetApply").first
        // Several pixels on the deepest level: FreeU divides by the range of their means, and a number that is none has many bits.
        standIns["LATENT"] = Latent(samples: Tensor.zeros([1, 4, 16, 16]))
        let first = try #require(try await outputs("KSampler").first as? Latent)
        WeightStore.shared.removeAll()
        for name in ["MODEL", "CONDITIONING"] {
            standIns[name] = try travelled(try #require(standIns[name]), services: probe.services)
        }
        let second = try #require(try await outputs("KSampler").first as? Latent)
        #expect(first.samples.floats.allSatisfy { $0.isFinite })
        #expect(first.samples.hasSameBits(as: second.samples))
    }

    @Test("a file is found by what it holds, wherever it lies now; without it the value isn't there, and nothing is damaged")
    func files() throws {
        let path = try RecipeModels.make("vae-mini")
        let folder = try TemporaryFolder()
        func services(_ root: String) -> NodeServices {
            NodeServices(models: ModelFolders(roots: [root]), input: folder.path, output: folder.path, temporary: folder.path)
        }
        let old = folder.path + "/old/vae/name.safetensors", new = folder.path + "/new/vae/other.safetensors"
        for place in [old, new] {
            try FileManager.default.createDirectory(
                atPath: String(place.prefix(upTo: place.lastIndex(of: "/") ?? place.startIndex)), withIntermediateDirectories: true)
        }
        try FileManager.default.copyItem(atPath: path, toPath: old)
        let vae = VAE(try Checkpoint.vae(CheckpointFile.open(old)))
        let codec = try #require(ValueCodecs(files: services(folder.path + "/new")).codec(for: "VAE"))
        let stored = try #require(try codec.encode(vae))
        try FileManager.default.moveItem(atPath: old, toPath: new)
        #expect(try codec.decode(stored).contentDigest == vae.contentDigest)
        // Another content under the old name and size is another file.
        var bytes = try Data(contentsOf: URL(fileURLWithPath: new))
        bytes[bytes.count - 1] ^= 1
        try FileManager.default.removeItem(atPath: new)
        try bytes.write(to: URL(fileURLWithPath: new))
        #expect(throws: UnavailableContent.self) { try codec.decode(stored) }
    }
}
