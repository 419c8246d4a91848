import Checkpoints
import Digests
import Tensors
import Testing

@testable import Descriptions
@testable import Diffusion
@testable import Networks

@Suite("U-Net")
struct UNetTests {
    @Test("gives the reference's values, block by block", arguments: ["unet", "unet-batch"])
    func reference(name: String) throws {
        let record = BlockRecord()
        let network = try Model(Reference.checkpoint()).network(operations: Operations(observer: record))
        let eps = try network.predict(Reference.call(name))
        try expectClose(eps, Reference.values(name + "/eps"))
        try expectClose(record["middle_block.2"], Reference.values(name + "/middle_block.2"))
        if name == "unet" {
            for block in ["time_embed", "input_blocks.1.1", "input_blocks.6.0", "output_blocks.2.1"] {
                try expectClose(record[block], Reference.values("unet/\(block)"), "\(block)")
            }
        }
    }

    @Test("items of a batch don't see one another")
    func batch() throws {
        let network = try Model(Reference.checkpoint()).network()
        let call = try Reference.call("unet-batch")
        let both = try network.predict(call)
        for index in 0..<2 {
            let single = NetworkCall(
                x: call.x.item(index), timesteps: [call.timesteps[index]], context: call.context.item(index), sigma: 1,
                sides: [.positive])
            #expect(try network.predict(single).hasSameBits(as: both.item(index)), "item \(index)")
        }
    }

    @Test("the second step finds keys and values of the text ready")
    func contextOnce() throws {
        let record = BlockRecord()
        let network = try Model(Reference.checkpoint()).network(operations: Operations(observer: record))
        let call = try Reference.call("unet")
        func projections() -> Int { record.layers.count { $0.hasSuffix("attn2.to_kv") } }
        let first = try network.predict(call)
        let once = projections()
        #expect(once > 0)
        #expect(try network.predict(call).hasSameBits(as: first))
        #expect(projections() == once)
        var other = call
        other.context = call.context * 0.5
        _ = try network.predict(other)
        #expect(projections() == 2 * once)
    }

    @Test("a second network of the same model packs nothing; a patch packs only what it touches")
    func patchedWeights() throws {
        /// Doubles one tensor.
        struct Doubling: WeightPatch {
            let name: String
            static var blank: Doubling { Doubling(name: "") }
            func describe(to visitor: any FieldVisitor) { visitor.mark(.text("doubling \(name)")) }
            func applied(to source: any TensorSource) -> any TensorSource { Doubled(base: source, name: name) }
        }
        struct Doubled: TensorSource {
            let base: any TensorSource
            let name: String
            var directory: [String: TensorInfo] { base.directory }
            var displayName: String { base.displayName }
            func tensor(named other: String) throws -> Tensor {
                let tensor = try base.tensor(named: other)
                return other == name ? tensor.float32() * 2 : tensor
            }
            func digest(of other: String) throws -> Digest {
                let digest = try base.digest(of: other)
                return other == name ? Digest.of("doubled \(digest)") : digest
            }
            func contentDigest() throws -> Digest { Digest.of("doubled \(try base.contentDigest())") }
        }
        let store = WeightStore(budget: 1 << 30)
        let model = try Model(Reference.checkpoint())
        _ = try model.network(store: store)
        let packed = store.counters.packed
        _ = try model.network(store: store)
        #expect(store.counters.packed == packed)
        let patched = model.patched(Doubling(name: "input_blocks.1.1.transformer_blocks.0.attn1.to_k.weight"))
        _ = try patched.network(store: store)
        #expect(store.counters.packed == packed + 1)
        #expect(try patched.digest() != model.digest())
        #expect(try patched.digest() == model.patched(Doubling(name: "input_blocks.1.1.transformer_blocks.0.attn1.to_k.weight")).digest())
    }

    @Test("hooks that change nothing change no bit of a self-attention, and see every place once")
    func hooks() throws {
        /// Passes everything on.
        struct Watching: NetworkPatch {
            static var blank: Watching { Watching() }
            func describe(to visitor: any FieldVisitor) { visitor.mark(.text("watching")) }
            func install(in hooks: inout NetworkHooks, of model: Model) {
                hooks.selfAttention.append { inputs, _, next in try next(inputs) }
                hooks.crossAttention.append { inputs, _, next in try next(inputs) }
                hooks.inputBlocks.append { h, _ in h }
                hooks.outputBlocks.append { h, skip, _ in (h, skip) }
            }
        }
        let model = try Model(Reference.checkpoint())
        let call = try Reference.call("unet")
        let plain = try model.network().predict(call)
        let watched = try model.patched(Watching()).network().predict(call)
        try expectClose(watched, plain, within: 1e-5)
    }

    @Test("the middle block's attention can be left out, and reports what was looked at")
    func middleAttention() throws {
        let network = try Model(Reference.checkpoint()).network()
        var call = try Reference.call("unet")
        let x = call.x
        call.x = Tensor.concatenated([x, x], along: 3)  // two places in the middle, so that attention has a choice
        let plain = try network.predict(call)
        let record = AttentionRecord()
        call.middleAttention = .recorded(record)
        #expect(try network.predict(call).hasSameBits(as: plain))
        let received = try #require(record.received)
        #expect(received.shape == [1, 2])
        #expect(abs(received.sum - 2) < 1e-5)
        call.middleAttention = .valuesOnly
        #expect(try !network.predict(call).hasSameBits(as: plain))
    }

    @Test("odd sides come back through the up-sampling", arguments: [(5, 7), (1, 3), (9, 8)])
    func oddSides(height: Int, width: Int) throws {
        let network = try Model(Reference.checkpoint()).network()
        var call = try Reference.call("unet")
        call.x = Tensor(repeating: 0.5, shape: [1, 4, height, width])
        let eps = try network.predict(call)
        #expect(eps.shape == [1, 4, height, width])
        #expect(eps.firstNotFinite == nil)
    }

    @Test("refuses texts, latents and control of another width")
    func refusals() throws {
        let network = try Model(Reference.checkpoint()).network()
        let call = try Reference.call("unet")
        func refusal(_ change: (inout NetworkCall) -> Void) -> NetworkError? {
            var changed = call
            change(&changed)
            do {
                _ = try network.predict(changed)
                return nil
            } catch {
                return error as? NetworkError
            }
        }
        #expect(refusal { $0.context = .zeros([1, 77, 768]) }?.reason.contains("width 128") == true)
        #expect(refusal { $0.x = .zeros([1, 9, 8, 8]) }?.code == .wrongInput)
        #expect(refusal { $0.timesteps = [1, 2] }?.code == .wrongInput)
        var control = ControlResiduals()
        control.middle = .zeros([1, 1, 1, 64])
        #expect(refusal { $0.control = control }?.hint?.contains("another family") == true)
    }

    @Test("names the tensor when a file's shapes don't fit together")
    func wrongShapes() throws {
        let source = try Reference.checkpoint().unet
        var tensors: [String: Tensor] = [:]
        for name in source.directory.keys { tensors[name] = try source.tensor(named: name) }
        func error(_ change: (inout [String: Tensor]) -> Void) throws -> NetworkError? {
            var changed = tensors
            change(&changed)
            let model = try Model(Checkpoint(MemorySource(changed)))
            do {
                _ = try model.network(store: WeightStore(budget: 1 << 30))
                return nil
            } catch {
                return error as? NetworkError
            }
        }
        let missing = try error { $0["middle_block.1.proj_out.weight"] = nil }
        #expect(missing?.code == .missingTensor && missing?.tensor == "middle_block.1.proj_out.weight")
        let norm = try error { $0["input_blocks.1.0.in_layers.0.weight"] = .zeros([63]) }
        #expect(norm?.code == .wrongShape && norm?.reason == "the shape is [63], [64] was expected")
        let convolution = try error { $0["output_blocks.3.0.in_layers.2.weight"] = .zeros([128, 64, 3, 3]) }
        #expect(convolution?.code == .wrongShape)
    }
}
