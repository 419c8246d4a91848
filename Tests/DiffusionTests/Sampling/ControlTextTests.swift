import Diffusion
import Synchronization
import Tensors
import Testing
@testable import Networks
@testable import Samplers

@Suite("Texts for ControlNets")
struct ControlTextTests {
    /// Keeps what the ControlNets gave in each call.
    private final class Listener: DenoisingNetwork {
        private let log = Mutex<[Tensor?]>([])
        var inputChannels: Int { 4 }
        var heard: [Tensor?] { log.withLock { $0 } }
        func predict(_ call: NetworkCall) throws -> Tensor {
            log.withLock { $0.append(call.control?.middle) }
            return .zeros(call.x.shape)
        }
    }

    private static func entry(_ text: Int, control: Int? = nil) throws -> Conditioning.Entry {
        func embedding(_ number: Int) -> Tensor {
            Tensor((0..<3 * 128).map { Float(($0 * 31 + number * 17) % 29) / 14 - 1 }, shape: [1, 3, 128])
        }
        var entry = Conditioning.Entry(embedding: embedding(text))
        entry.controlEmbedding = control.map(embedding)
        let network = try ControlNet(detecting: ControlTests.recipe("controlnet-mini"), fileName: "control.safetensors")
        entry.controls = [ControlApplication(control: network, hint: ControlTests.hint, strength: 1)]
        return entry
    }

    private static func heard(_ guidance: Guidance) throws -> [Tensor?] {
        let listener = Listener()
        let run = SamplingRun(
            guidance: guidance, network: listener, sampling: ModelSampling(SamplingSettings(prediction: .x0)), latentScale: 1,
            control: ControlRun(store: WeightStore(budget: 1 << 30)))
        _ = try run.prediction()
        return listener.heard
    }

    @Test("the ControlNet reads its own text where there is one")
    func ownText() throws {
        let plain = try #require(try Self.heard(.single(conditioning(Self.entry(1)))).first ?? nil)
        let other = try #require(try Self.heard(.single(conditioning(Self.entry(2)))).first ?? nil)
        let own = try #require(try Self.heard(.single(conditioning(Self.entry(2, control: 1)))).first ?? nil)
        #expect(own.hasSameBits(as: plain))
        #expect(!own.hasSameBits(as: other))
    }

    @Test("sides with and without such a text are computed apart")
    func apart() throws {
        let mixed = try Self.heard(
            .classifierFree(positive: conditioning(Self.entry(1, control: 2)), negative: conditioning(Self.entry(1)), cfg: 2))
        #expect(mixed.count == 2)
        let both = try Self.heard(
            .classifierFree(
                positive: conditioning(Self.entry(1, control: 2)), negative: conditioning(Self.entry(1, control: 3)), cfg: 2))
        #expect(both.count == 1)
    }
}
