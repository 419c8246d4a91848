import Diffusion
import Pictures
import Tensors
import Testing
import WorkflowEngine

@testable import Nodes

@Suite("Stored values")
struct ValueCodecTests {
    private func counting(_ shape: [Int]) -> Tensor {
        Tensor((0..<shape.reduce(1, *)).map { Float($0) / 7 - 1 }, shape: shape)
    }

    private var values: [any WorkflowValue] {
        var entry = Conditioning.Entry(embedding: counting([1, 3, 4]), pooled: counting([1, 4]))
        entry.area = .shares(height: 1.0 / 3, width: 0.1, y: 0, x: 0.25)
        entry.controlEmbedding = counting([1, 5, 4])
        entry.mask = counting([1, 2, 2])
        entry.strength = 0.1
        entry.timestepRange = ScheduleRange(start: 0.3, end: 0.1)
        entry.isDefault = true
        var other = Conditioning.Entry(embedding: counting([1, 2, 4]))
        other.area = .cells(height: 1, width: 2, y: 3, x: 4)
        other.sizes = SizeConditioning(width: 1024, height: 768)
        other.sizes?.targetHeight = 700
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
        for value in values {
            let codec = try #require(ValueCodecs.codec(for: value.typeName))
            let stored = try #require(try codec.encode(value))
            #expect(try codec.decode(stored).contentDigest == value.contentDigest, "\(value.typeName)")
        }
    }

    @Test("what isn't a stored value of its type is refused, not trusted")
    func refusals() throws {
        for value in values {
            let codec = try #require(ValueCodecs.codec(for: value.typeName))
            #expect(throws: (any Error).self) { try codec.decode(StoredValue()) }
            var stored = try #require(try codec.encode(value))
            guard let first = stored.tensors.first else { continue }
            stored.tensors[0] = StoredTensor(
                name: first.name, dtype: "F32", shape: first.shape + [2], byteCount: first.byteCount
            ) { body in try first.withBytes(body) }
            #expect(throws: (any Error).self, "\(value.typeName)") { try codec.decode(stored) }
        }
    }
}
