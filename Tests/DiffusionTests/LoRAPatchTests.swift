import Checkpoints
import Digests
import Foundation
import GoldenSupport
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

@Suite("LoRA patches") struct LoRAPatchTests {
    static func model() throws -> Model { try Model(Checkpoint(CheckpointFile.open(RecipeModels.make("sd1-mini")))) }

    static func file(_ recipe: String) throws -> AdapterFile { AdapterFile(try CheckpointFile.open(RecipeModels.make(recipe))) }

    /// Every module that changes something in model or text encoder, of all that the file has.
    @Test(
        "every layer of each kind of file finds its weight",
        arguments: [
            "lora-kohya", "lora-kohya-ldmnames", "lora-locon", "lora-loha", "lora-lokr", "lora-dora", "lora-diffusers", "lora-peft",
            "lora-diff",
        ])
    func names(recipe: String) throws {
        let checkpoint = try Checkpoint(CheckpointFile.open(RecipeModels.make("sd1-mini")))
        let text = try #require(TextEncoder(checkpoint))
        let file = try Self.file(recipe)
        let found = file.matches(in: checkpoint.unet.directory) + file.matches(in: text.models[0].content.directory)
        #expect(found == file.moduleCount && found > 0)
        for content in [checkpoint.unet, text.models[0].content] {
            for (name, changes) in file.changes(for: content.directory) {
                let shape = try #require(content.directory[name]?.shape, "\(name)")
                for change in changes {
                    #expect(change.fits(shape), "\(name)")
                    let changed = try change.changed(.zeros(shape), strength: 1)
                    #expect(changed.shape == shape)
                }
            }
        }
    }

    @Test("only touched tensors change, and only their digests")
    func touched() throws {
        let model = try Self.model()
        let patched = try model.patched(LoRAPatch(Self.file("lora-kohya-ldmnames"), strength: 0.5)).patchedContent()
        var changed = 0
        for name in model.content.directory.keys.sorted() {
            let sameDigest = try patched.digest(of: name) == model.content.digest(of: name)
            let sameValues = try patched.tensor(named: name).float32().hasSameBits(as: model.content.tensor(named: name).float32())
            #expect(sameDigest == sameValues, "\(name)")
            if !sameDigest { changed += 1 }
        }
        #expect(changed > 0 && changed < model.content.directory.count / 2)
    }

    @Test("a changed strength packs only the touched layers again")
    func repacking() throws {
        let model = try Self.model()
        let store = WeightStore(budget: 1 << 32)
        _ = try model.network(store: store)
        let whole = store.counters.packed
        let file = try Self.file("lora-kohya-ldmnames")
        _ = try model.patched(LoRAPatch(file, strength: 1)).network(store: store)
        let touched = store.counters.packed - whole
        _ = try model.patched(LoRAPatch(file, strength: 0.5)).network(store: store)
        #expect(store.counters.packed - whole == 2 * touched)
        // A layer may join several of the file's: queries, keys and values are one product.
        #expect(touched > 0 && touched <= file.matches(in: model.content.directory) && touched < whole / 2)
    }

    @Test("a LoRA of strength 0 changes nothing, not even a digest")
    func zero() throws {
        let model = try Self.model()
        let patched = try model.patched(LoRAPatch(Self.file("lora-kohya"), strength: 0)).patchedContent()
        #expect(try patched.contentDigest() == model.content.contentDigest())
    }

    @Test("a negative strength takes back what the positive one added")
    func inverse() throws {
        let model = try Self.model()
        let file = try Self.file("lora-locon")
        let there = try LoRAPatch(file, strength: 0.7).applied(to: model.content)
        let back = try LoRAPatch(file, strength: -0.7).applied(to: there)
        for name in file.changes(for: model.content.directory).keys {
            let difference = (try back.tensor(named: name) - model.content.tensor(named: name).float32()).maximumMagnitude
            #expect(difference < 1e-6, "\(name)")
        }
    }

    // MARK: Formulas on small numbers

    /// A file with these tensors, for a weight called `w.weight`.
    static func changed(_ weight: Tensor, _ tensors: [(String, Tensor)], strength: Float = 1) throws -> Tensor {
        let source = InMemorySource(tensors.map { ("lora_unet_w.\($0.0)", $0.1) })
        let base = InMemorySource([("w.weight", weight)])
        return try LoRAPatch(AdapterFile(source), strength: strength).applied(to: base).tensor(named: "w.weight")
    }

    static let identity = Tensor([1, 0, 0, 1], shape: [2, 2])

    @Test("LoRA adds up times down, scaled by alpha over rank")
    func lowRank() throws {
        let parts: [(String, Tensor)] = [
            ("lora_up.weight", Tensor([1, 2], shape: [2, 1])), ("lora_down.weight", Tensor([3, 4], shape: [1, 2])),
            ("alpha", Tensor([0.5], shape: [])),
        ]
        #expect(try Self.changed(Self.identity, parts).floats == [2.5, 2, 3, 5])
        #expect(try Self.changed(Self.identity, parts, strength: -2).floats == [-2, -4, -6, -7])
        #expect(try Self.changed(Self.identity, Array(parts.dropLast())).floats == [4, 4, 6, 9])
    }

    @Test("a factored kernel contracts core and both sides")
    func core() throws {
        let weight = Tensor.zeros([2, 2, 1, 2])
        let changed = try Self.changed(
            weight,
            [
                ("lora_up.weight", Tensor([1, 2], shape: [2, 1, 1, 1])), ("lora_down.weight", Tensor([1, 10], shape: [1, 2, 1, 1])),
                ("lora_mid.weight", Tensor([3, 5], shape: [1, 1, 1, 2])),
            ])
        #expect(changed.floats == [3, 5, 30, 50, 6, 10, 60, 100])
    }

    @Test("LoKr without a factored side ignores alpha")
    func kronecker() throws {
        let changed = try Self.changed(
            Tensor.zeros([2, 2]),
            [
                ("lokr_w1", Tensor([1, 2], shape: [1, 2])), ("lokr_w2", Tensor([3, 4], shape: [2, 1])), ("alpha", Tensor([9], shape: [])),
            ])
        #expect(changed.floats == [3, 6, 4, 8])
    }

    @Test("LoKr with a core is left out, and counted")
    func kroneckerCore() throws {
        let file = try Self.file("lora-lokr")
        #expect(file.layersLeftOut == 6)
        #expect(try file.changes(for: Self.model().content.directory).count == file.moduleCount - 6)
    }

    @Test("DoRA keeps the trained length of rows")
    func decomposition() throws {
        // Rows of W have length 5 and 10; V = W + delta.
        let weight = Tensor([3, 4, 6, 8], shape: [2, 2])
        let changed = try Self.changed(
            weight,
            [
                ("lora_up.weight", Tensor([1, 0], shape: [2, 1])), ("lora_down.weight", Tensor([1, 1], shape: [1, 2])),
                ("dora_scale", Tensor([10, 10], shape: [2, 1])),
            ])
        for (found, expected) in zip(changed.floats, [8, 10, 6, 8] as [Float]) { #expect(abs(found - expected) < 1e-5) }
    }

    @Test("GLoRA multiplies the weight and adds to it, in both layouts")
    func gated() throws {
        let (column, row) = (Tensor([1, 2], shape: [2, 1]), Tensor([1, 0], shape: [1, 2]))
        let new = try Self.changed(Self.identity, [("a1.weight", column), ("a2.weight", row), ("b1.weight", column), ("b2.weight", row)])
        let old = try Self.changed(Self.identity, [("a2.weight", column), ("a1.weight", row), ("b2.weight", column), ("b1.weight", row)])
        #expect(new.floats == [1 + 2, 0, 4, 1])
        #expect(old.floats == new.floats)
    }

    @Test("an orthogonal change rotates rows and keeps their lengths")
    func orthogonal() throws {
        // Q = [0 1; -1 0]: (I + Q)(I − Q)⁻¹ is a quarter turn.
        let blocks = Tensor([0, 1, 0, 0], shape: [1, 2, 2])
        let changed = try Self.changed(Self.identity, [("oft_blocks", blocks)])
        for (found, expected) in zip(changed.floats, [0, -1, 1, 0] as [Float]) { #expect(abs(found - expected) < 1e-6) }
    }

    @Test("a difference in full is added; one of another shape isn't")
    func difference() throws {
        #expect(try Self.changed(Self.identity, [("diff", Tensor([1, 2, 3, 4], shape: [2, 2]))], strength: 2).floats == [3, 4, 6, 9])
        #expect(try Self.changed(Self.identity, [("diff", Tensor([1, 2], shape: [1, 2]))]).floats == Self.identity.floats)
        #expect(try Self.changed(Self.identity, [("set_weight", Tensor([1, 2, 3, 4], shape: [2, 2]))]).floats == [1, 2, 3, 4])
    }

    @Test(
        "parts that don't fit one another change nothing",
        arguments: [
            [("lora_up.weight", [2, 3]), ("lora_down.weight", [1, 2])], [("lora_up.weight", [2, 1])],
            [("lora_up.weight", [4, 1]), ("lora_down.weight", [1, 1])], [("hada_w1_a", [2, 1]), ("hada_w1_b", [1, 2])],
            [("lokr_w1", [0, 1]), ("lokr_w2", [2, 2])], [("oft_blocks", [1, 2, 3])], [("oft_blocks", [40, 1, 3, 3])], [("dora_scale", [2])],
            [("lora_up.weight", []), ("lora_down.weight", [1, 2])],
        ] as [[(String, [Int])]])
    func misfits(parts: [(String, [Int])]) throws {
        let tensors = parts.map { ($0.0, Tensor(repeating: 1, shape: $0.1)) }
        #expect(try Self.changed(Self.identity, tensors).floats == Self.identity.floats)
    }
}

@Suite("Model merges") struct MergePatchTests {
    static func merged(_ patch: MergePatch, _ tensors: [(String, Tensor)]) throws -> any TensorSource {
        try patch.applied(to: InMemorySource(tensors))
    }

    @Test("the longest beginning of a name decides the share")
    func blocks() throws {
        let other = InMemorySource([("input_blocks.0.w", Tensor([10])), ("input_blocks.1.w", Tensor([10])), ("out.w", Tensor([10]))])
        let patch = try MergePatch(
            with: [other], blocks: [("input", .init(ratio: 0.5)), ("input_blocks.1", .init(ratio: 0))], rest: .init(ratio: 1))
        let merged = try Self.merged(patch, [("input_blocks.0.w", Tensor([2])), ("input_blocks.1.w", Tensor([2])), ("out.w", Tensor([2]))])
        #expect(try merged.tensor(named: "input_blocks.0.w").floats == [6])
        #expect(try merged.tensor(named: "input_blocks.1.w").floats == [10])
        #expect(try merged.tensor(named: "out.w").floats == [2])
    }

    @Test("a merge scales what was patched before it, not what comes after")
    func order() throws {
        let lora = try LoRAPatch(
            AdapterFile(InMemorySource([("diffusion_model.w.diff", Tensor([1]))])), strength: 1)
        let merge = try MergePatch(with: [InMemorySource([("w.weight", Tensor([0]))])], rest: .init(ratio: 0.5))
        let base = InMemorySource([("w.weight", Tensor([4]))])
        #expect(try merge.applied(to: lora.applied(to: base)).tensor(named: "w.weight").floats == [2.5])
        #expect(try lora.applied(to: merge.applied(to: base)).tensor(named: "w.weight").floats == [3])
    }

    @Test("tensors that the other model lacks, or has in another shape, stay")
    func strangers() throws {
        let patch = try MergePatch(with: [InMemorySource([("a", Tensor([1, 2]))])], rest: .init(ratio: 0))
        let merged = try Self.merged(patch, [("a", Tensor([5])), ("b", Tensor([6]))])
        #expect(try merged.tensor(named: "a").floats == [5])
        #expect(try merged.tensor(named: "b").floats == [6])
    }
}

/// Tensors at hand.
struct InMemorySource: TensorSource {
    let tensors: [String: Tensor]
    init(_ tensors: [(String, Tensor)]) { self.tensors = Dictionary(tensors, uniquingKeysWith: { $1 }) }
    var directory: [String: TensorInfo] { tensors.mapValues { TensorInfo(dtype: $0.dtype, shape: $0.shape) } }
    var displayName: String { "memory" }
    func tensor(named name: String) throws -> Tensor {
        guard let tensor = tensors[name] else { throw missingTensor(name) }
        return tensor
    }
    func contentDigest() throws -> Digest {
        var builder = DigestBuilder()
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            builder.add(name)
            tensor.withBytes { builder.add(bytes: $0) }
        }
        return builder.finish()
    }
}
