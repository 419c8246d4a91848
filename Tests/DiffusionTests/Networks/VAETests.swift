import Checkpoints
import Digests
import Foundation
import GoldenSupport
import Pictures
import Synchronization
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

@Suite("VAE")
struct VAETests {
    static func vae() throws -> VAE { VAE(try #require(try Reference.checkpoint().vae)) }

    /// A picture without symmetry.
    static func picture(height: Int, width: Int) -> Image {
        Image(
            Tensor(shape: [1, height, width, 3]) { out in
                for index in out.indices { out[index] = Float((index * 37 + index / 7) % 256) / 255 }
            })
    }

    @Test("decodes as the reference does")
    func decoding() throws {
        let record = BlockRecord()
        let image = try Self.vae().decode(
            Reference.values("vae-decode/in.z"), options: VAEOptions(operations: Operations(observer: record)))
        try expectClose(record["decoder.mid.attn_1"], Reference.values("vae-decode/decoder.mid.attn_1"))
        try expectClose(record["decoder.conv_out"], Reference.values("vae-decode/out"))
        let expected = try Reference.values("vae-decode/out").channelsLast().map { max(0, min(1, ($0 + 1) / 2)) }
        try expectClose(image.pixels, expected)
    }

    @Test("encodes as the reference does: the mean, nothing drawn")
    func encoding() throws {
        let record = BlockRecord()
        let image = Image(try Reference.values("vae-encode/in.x").channelsLast().map { ($0 + 1) / 2 })
        let latent = try Self.vae().encode(image, options: VAEOptions(operations: Operations(observer: record)))
        let block = "encoder.down.2.downsample"
        try expectClose(record[block], Reference.values("vae-encode/" + block), within: 2e-4)
        try expectClose(latent, Reference.values("vae-encode/out"), within: 2e-4)
    }

    @Test("crops sides that don't divide by 8 around the centre, and ignores alpha")
    func cropping() throws {
        let vae = try Self.vae()
        let large = Self.picture(height: 21, width: 18)
        let cut = Image(large.pixels.narrowed(1, from: 2, count: 16).narrowed(2, from: 1, count: 16))
        let expected = try vae.encode(cut)
        #expect(expected.shape == [1, 4, 2, 2])
        #expect(try vae.encode(large).hasSameBits(as: expected))
        let alpha = Image(Tensor.concatenated([large.pixels, .zeros([1, 21, 18, 1])], along: 3))
        #expect(try vae.encode(alpha).hasSameBits(as: expected))
    }

    @Test("what fits into one tile is decoded as without tiles")
    func oneTile() throws {
        let vae = try Self.vae()
        let latent = try Reference.values("vae-decode/in.z")
        try expectClose(vae.decodeTiled(latent).pixels, vae.decode(latent).pixels, within: 1e-6)
    }

    @Test("drops idle weights to make room")
    func makingRoom() throws {
        let store = WeightStore(budget: 1 << 30)
        let vae = try Self.vae()
        let latent = try Reference.values("vae-decode/in.z")
        let plain = try vae.decode(latent, options: VAEOptions(store: store, memoryLimit: nil))
        _ = store.layer(Digest.of("idle")) { Tensor.zeros([1 << 20]) }
        // Room for nothing idle, whatever else this process holds.
        let others = TensorMemory.liveBytes - store.byteCount + MemoryBudget.overhead
        let options = VAEOptions(store: store, memoryLimit: others + (3 << 20))
        #expect(try vae.decode(latent, options: options).pixels.hasSameBits(as: plain.pixels))
        #expect(store.byteCount < 1 << 22)
    }

    @Test("tells every tile, and stops between tiles")
    func stopping() throws {
        struct Stop: Error {}
        let vae = try Self.vae()
        let latent = Tensor(repeating: 0.1, shape: [1, 4, 12, 8])
        let seen = Mutex<[[Int]]>([])
        var options = VAEOptions()
        options.progress = { done, of in
            seen.withLock { $0.append([done, of]) }
            if done == 2 { throw Stop() }
        }
        #expect(throws: Stop.self) { try vae.decodeTiled(latent, tile: 8, overlap: 2, options: options) }
        // 16×4: 3 tiles, 4×16: 5 tiles, 8×8: 2 tiles.
        #expect(seen.withLock { $0 } == [[1, 10], [2, 10]])
    }

    @Test("refuses latents of other channels, pictures that are too small, and overlaps that don't advance")
    func refusals() throws {
        let vae = try Self.vae()
        #expect(throws: NetworkError.self) { try vae.decode(.zeros([1, 16, 2, 2])) }
        #expect(throws: NetworkError.self) { try vae.encode(Self.picture(height: 7, width: 64)) }
        #expect(throws: NetworkError.self) { try vae.decodeTiled(.zeros([1, 4, 2, 2]), tile: 8, overlap: 4) }
        #expect(throws: NetworkError.self) { try vae.encode(Image(.zeros([1, 8, 8, 1]))) }
    }

    @Test("the small autoencoder comes back to where it came from in size and scale")
    func tiny() throws {
        let vae = VAE(
            tinyEncoder: try CheckpointFile.open(RecipeModels.make("taesd-encoder")),
            tinyDecoder: try CheckpointFile.open(RecipeModels.make("taesd-decoder")), latentScale: 0.18215)
        let latent = try vae.encode(Self.picture(height: 16, width: 24))
        #expect(latent.shape == [1, 4, 2, 3])
        #expect(try vae.decode(latent).pixels.shape == [1, 16, 24, 3])
        let exchanged = VAE(
            tinyEncoder: try CheckpointFile.open(RecipeModels.make("taesd-decoder")),
            tinyDecoder: try CheckpointFile.open(RecipeModels.make("taesd-encoder")), latentScale: 0.18215)
        #expect(throws: NetworkError.self) { try exchanged.decode(latent) }
    }
}

@Suite("Tiling")
struct TilingTests {
    @Test("tiles that agree give the picture back", arguments: [(7, 9), (16, 5), (23, 17)])
    func agreement(height: Int, width: Int) throws {
        let x = Tensor(shape: [1, height, width, 2]) { out in for index in out.indices { out[index] = Float(index) } }
        let tiling = Tiling(height: 6, width: 8, overlap: 2, scale: 1)
        let count = Mutex(0)
        let y = try tiling(x) {
            count.withLock { $0 += 1 }
        } _: {
            $0
        }
        try expectClose(y, x, within: 1e-3)
        #expect(count.withLock { $0 } == tiling.count(height: height, width: width))
    }
}
