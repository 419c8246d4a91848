import Problems
import Checkpoints
import Digests
import Foundation
import GoldenSupport
import Pictures
import Tensors
import Testing
import WorkflowEngine

@testable import Descriptions
@testable import Diffusion
@testable import Networks
@testable import Nodes
@testable import Samplers
@testable import Workflows

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
    func visit<Part: Descriptions.Recipe>(recipe name: String, _ value: inout Part) { note(name) }
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
            Image.blank, Mask.blank, Sigmas.blank, Guider.blank, VisionOutput.blank, Sampler.blank,
        ] + PatchTable.all.map { $0.blank } + ChangeTable.all.map { $0.blank }

    /// What follows from other fields and is found again from them.
    static let derived: [String: Set<String>] = [
        "Model": ["structure"], "HypernetworkPatch": ["settings"],
        "Sampler": ["discardsPenultimateSigma", "needsUnconditional", "renewsMaskNoise", "walk"],
    ]

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
        "CONDITIONING", "GUIDER", "NOISE", "LATENT_OPERATION", "HOOK_KEYFRAMES", "TIMESTEPS_RANGE", "SAMPLER", "SIGMAS", "IMAGE", "MASK",
        "LATENT", "CLIP_VISION_OUTPUT", "RGTHREE_CONTEXT", "BASIC_PIPE",
    ]

    /// What has no codec of ours.
    private static let others: [String: String] = [
        "INT": "the engine writes numbers and texts into the record itself", "FLOAT": "as INT", "STRING": "as INT", "BOOLEAN": "as INT",
        "COMBO": "a text", "*": "whatever came in, by its own type",
    ]

    @Test("every type of value that a node gives can be written down, or is known to need nothing")
    func everyType() throws {
        let codecs = ValueCodecs(files: try NumberProbe(diary: "/dev/null").services)
        for type in NodeTable.byType.keys.sorted() {
            for output in NodeCatalog.standard.spec(type)?.outputs ?? [] where Self.others[output.type.description] == nil {
                let name = output.type.description
                #expect(codecs.codec(for: name) != nil, "\(type) gives a \(name), which can't be written down")
                #expect(Self.types.contains(name), "\(name) isn't tested")
            }
        }
    }

    @Test("every sampler comes back with its settings, and an unknown one doesn't")
    func samplers() throws {
        let services = try NumberProbe(diary: "/dev/null").services
        var options = AdaptiveStepOptions(), adams = SASolverOptions(evaluatesTwice: true)
        (options.order, options.rtol, options.dcoeff) = (2, 0.1, 0.25)
        (adams.eta, adams.predictorOrder, adams.simpleOrder2) = (0.3, 2, true)
        let set: [Sampler] = [
            .eulerCFGPPAlternative, .lms(order: 2), .dpmAdaptive(options), .erSDE(kind: .ode, maxStage: 2, eta: 0.5, sNoise: 0.9),
            .saSolver(adams, startPercent: 0.1, endPercent: 0.7), .lcmUpscale(ratio: 1.5, steps: -1, method: .bicubic),
            .dpmpp2MSDE(eta: 0.5, sNoise: 0.9, solver: .heun), .dpmppSDE(eta: 0.5, sNoise: 0.9, r: 0.3),
        ]
        for sampler in Sampler.all + set {
            let again = try #require(try travelled(sampler, services: services) as? Sampler)
            #expect(again.name == sampler.name && again.settings == sampler.settings)
            #expect(again.discardsPenultimateSigma == sampler.discardsPenultimateSigma)
            #expect(again.needsUnconditional == sampler.needsUnconditional && again.renewsMaskNoise == sampler.renewsMaskNoise)
            #expect(try again.contentDigest == sampler.contentDigest)
        }
        let codec = try #require(ValueCodecs(files: services).codec(for: "SAMPLER"))
        #expect(throws: (any Error).self) { try codec.decode(StoredValue(fields: ["name": "walk", "settings.count": "0"])) }
    }

    @Test("a bundle comes back with all that is in it, numbers and texts too")
    func bundles() throws {
        let services = try NumberProbe(diary: "/dev/null").services
        var bundle = ValueBundle(type: "RGTHREE_CONTEXT")
        bundle["seed"] = UInt64.max
        bundle["steps"] = Int64(20)
        bundle["cfg"] = 7.5
        bundle["text_pos_g"] = "a \"tree\"\n"
        bundle["flag"] = true
        bundle["images"] = Image(Tensor(repeating: 0.25, shape: [1, 2, 3, 3]))
        bundle["sampler"] = try Sampler.named("dpmpp_2m")
        let again = try travelled(bundle, services: services)
        #expect(try again.contentDigest == bundle.contentDigest)
    }

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
