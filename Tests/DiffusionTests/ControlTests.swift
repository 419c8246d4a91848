import Checkpoints
import Digests
import GoldenSupport
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

@Suite("ControlNets and adapters")
struct ControlTests {
    /// Another source with some tensors replaced by zeros.
    struct Zeroed: TensorSource {
        let base: any TensorSource
        let isZero: @Sendable (String) -> Bool
        var directory: [String: TensorInfo] { base.directory }
        var displayName: String { base.displayName }
        func contentDigest() throws -> Digest { Digest.of("zeroed \(try base.contentDigest())") }
        func tensor(named name: String) throws -> Tensor {
            let tensor = try base.tensor(named: name)
            return isZero(name) ? .zeros(tensor.shape) : tensor
        }
        func digest(of name: String) throws -> Digest {
            isZero(name) ? Digest.of("zeros \(name)") : try base.digest(of: name)
        }
    }

    static func recipe(_ name: String) throws -> any TensorSource {
        try CheckpointFile.open(RecipeModels.make(name))
    }

    static func call(batch: Int = 1, height: Int = 8, width: Int = 8, sides: [NetworkCall.Side] = [.positive]) -> NetworkCall {
        NetworkCall(
            x: Tensor((0..<batch * 4 * height * width).map { Float($0 % 17) / 8 - 1 }, shape: [batch, 4, height, width]),
            timesteps: Array(repeating: 500, count: batch),
            context: Tensor((0..<batch * 77 * 128).map { Float($0 % 13) / 6 - 1 }, shape: [batch, 77, 128]), sigma: 3,
            sides: sides)
    }

    static let hint = Tensor((0..<64 * 64 * 3).map { Float($0 % 101) / 100 }, shape: [1, 64, 64, 3])

    @Test("a ControlNet whose zero convolutions are zero adds nothing but zeros")
    func zeroConvolutions() throws {
        let source = Zeroed(base: try Self.recipe("controlnet-mini")) { $0.contains("zero_convs") || $0.contains("middle_block_out") }
        let control = try ControlNet(detecting: source, fileName: "control.safetensors")
        let application = ControlApplication(control: control, hint: Self.hint, strength: 1)
        let residuals = try #require(
            try ControlRun(store: WeightStore(budget: 1 << 30)).residuals(of: [application], for: Self.call()) { _ in true })
        #expect(residuals.output.count == 12)
        #expect(residuals.output.allSatisfy { $0?.isZero == true })
        #expect(residuals.middle?.isZero == true)
    }

    @Test("strength scales, chains add up, and what isn't active gives nothing")
    func chains() throws {
        let control = try ControlNet(detecting: Self.recipe("controlnet-mini"), fileName: "control.safetensors")
        let run = ControlRun(store: WeightStore(budget: 1 << 30))
        func middle(_ strengths: [Float], isActive: (ScheduleRange) -> Bool = { _ in true }) throws -> Tensor? {
            let range = ScheduleRange(start: 0.2, end: 0.8)
            let applications = strengths.map {
                ControlApplication(control: control, hint: Self.hint, strength: $0, timestepRange: range)
            }
            return try run.residuals(of: applications, for: Self.call(), isActive: isActive)?.middle
        }
        let one = try #require(try middle([1]))
        #expect(try middle([0.5])?.hasSameBits(as: one * 0.5) == true)
        #expect(try middle([1, 1])?.hasSameBits(as: one + one) == true)
        #expect(try middle([1]) { $0.start < 0.1 } == nil)
    }

    @Test("the shuffle kind gives the same everywhere in the picture")
    func shuffle() throws {
        let control = try ControlNet(detecting: Self.recipe("controlnet-mini"), fileName: "some/control_shuffle_fp16.safetensors")
        #expect(control.averagesOverPicture)
        let application = ControlApplication(control: control, hint: Self.hint, strength: 1)
        let residuals = try ControlRun(store: WeightStore(budget: 1 << 30)).residuals(of: [application], for: Self.call()) { _ in true }
        let first = try #require(residuals?.output[0])
        let values = first.floats, channels = first.shape[3]
        #expect(values.indices.allSatisfy { values[$0] == values[$0 % channels] })
    }

    @Test("two sides in one call get what each would get alone")
    func sides() throws {
        let control = try ControlNet(detecting: Self.recipe("t2i-mini"), fileName: "t2i.safetensors")
        let hints = Tensor.concatenated([Self.hint, Self.hint * 0.5], along: 0)
        let application = ControlApplication(control: control, hint: hints, strength: 1)
        let run = ControlRun(store: WeightStore(budget: 1 << 30))
        let both = try run.residuals(of: [application], for: Self.call(batch: 6, sides: [.negative, .positive])) { _ in true }
        let alone = try run.residuals(of: [application], for: Self.call(batch: 3)) { _ in true }
        let (pair, single) = (try #require(both?.input[2]), try #require(alone?.input[2]))
        // Three pictures, two hints: the first hint comes again.
        #expect(single.item(0).hasSameBits(as: single.item(2)) && !single.item(0).hasSameBits(as: single.item(1)))
        #expect(pair.narrowed(0, from: 0, count: 3).hasSameBits(as: single))
        #expect(pair.narrowed(0, from: 3, count: 3).hasSameBits(as: single))
        #expect(both?.input.enumerated().filter { $0.element != nil }.map(\.offset) == [2, 5, 8, 11])
    }

    @Test("diffusers names mean the same tensors as the original ones")
    func diffusersNames() throws {
        let original = try ControlNet(detecting: Self.recipe("controlnet-mini"), fileName: "")
        let diffusers = try ControlNet(detecting: Self.recipe("controlnet-mini-diffusers"), fileName: "")
        #expect(Set(original.content.directory.keys) == Set(diffusers.content.directory.keys))
        for (name, info) in original.content.directory { #expect(diffusers.content.directory[name]?.shape == info.shape, "\(name)") }
    }

    @Test("a file that is neither is refused with its name")
    func notAControlNet() throws {
        let embedding = try Self.recipe("embedding-one")
        #expect(throws: NetworkError.self) { try ControlNet(detecting: embedding, fileName: "one-vec.safetensors") }
    }

    @Test("8×8 pixels become channels in the order channel, row, column")
    func unshuffle() throws {
        let x = Tensor((0..<8 * 16 * 2).map(Float.init), shape: [1, 8, 16, 2])
        let y = try HintPicture.unshuffled(x, Operations())
        #expect(y.shape == [1, 1, 2, 128])
        // Cell 1, channel 1, row 2, column 3 is pixel (2, 11) of channel 1.
        let pixel = 2 * 16 + 11
        #expect(y.floats[128 + 64 + 2 * 8 + 3] == Float(pixel * 2 + 1))
    }

    @Test("halving takes the mean of 2×2 pixels; an odd side begins with zeros")
    func halving() throws {
        let x = Tensor((0..<3 * 4).map(Float.init), shape: [1, 3, 4, 1])
        let half = try Operations().halve(x)
        #expect(half.shape == [1, 2, 2, 1])
        #expect(half.floats == [0.25, 1.25, 6.5, 8.5])
    }

    @Test("differences from a model are added to it again, tensor by tensor")
    func differences() throws {
        let source = try Self.recipe("controlnet-mini")
        let base = try ControlNet(detecting: source, fileName: "").content
        let sum = SummedSource(base, added: base)
        let name = "zero_convs.0.0.weight"
        let expected = try base.tensor(named: name).float32() * 2
        #expect(try sum.tensor(named: name).hasSameBits(as: expected))
        #expect(try sum.digest(of: name) != base.digest(of: name))
    }
}
