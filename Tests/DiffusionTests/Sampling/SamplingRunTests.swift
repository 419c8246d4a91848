import Problems
import Cancellations
import Diffusion
import Synchronization
import Tensors
import Testing
@testable import Samplers

@Suite("A sampling run")
struct SamplingRunTests {
    private func run(_ network: ToyNetwork, observer: SamplingObserver = SamplingObserver()) -> SamplingRun {
        .toy(
            .classifierFree(positive: conditioning(text(0.4)), negative: conditioning(text(0.1)), cfg: 2), network,
            observer: observer)
    }

    private let latent = Latent(samples: Tensor((0..<256).map { Float($0 % 7) / 7 }, shape: [1, 4, 8, 8]))

    private func sigmas(_ sampler: Sampler, steps: Int) throws -> [Float] {
        try Scheduler.named("karras").sigmas(
            ModelSampling(), steps: steps, denoise: 1, discardsPenultimate: sampler.discardsPenultimateSigma)
    }

    @Test("without sigmas the latent comes back as it is")
    func noSigmas() throws {
        let result = try run(ToyNetwork()).sample(latent, noise: .none, seed: 0, sampler: .named("euler"), sigmas: [])
        #expect(result.latent.samples.hasSameBits(as: latent.samples))
    }

    @Test("steps are told with the denoised latent, and the last of them is the second result")
    func steps() throws {
        let told = Mutex<[(Int, Int, Tensor)]>([])
        let observer = SamplingObserver(step: { done, count, denoised in
            told.withLock { $0.append((done, count, denoised.samples)) }
        })
        let result = try run(ToyNetwork(echo: 0.2), observer: observer).sample(
            latent, noise: .random(seed: 1), seed: 1, sampler: .named("heun"), sigmas: [10, 5, 1, 0])
        let steps = told.withLock { $0 }
        #expect(steps.map(\.0) == [1, 2, 3])
        #expect(steps.map(\.1) == [3, 3, 3])
        #expect(steps.last?.2.hasSameBits(as: result.denoised.samples) == true)
    }

    @Test("cancelling stops before the next network call")
    func cancellation() throws {
        let network = ToyNetwork()
        #expect(throws: CancellationError.self) {
            try Cancellation(afterChecks: 2).whileCurrent {
                try run(network).sample(
                    latent, noise: .random(seed: 1), seed: 1, sampler: .named("euler"), sigmas: [10, 5, 2, 1, 0])
            }
        }
        #expect(network.calls.count == 2)
    }

    @Test("outside the noise mask the latent stays, bit for bit")
    func noiseMask() throws {
        var masked = latent
        masked.noiseMask = Tensor((0..<64).map { $0 % 8 < 4 ? 1 : 0 }, shape: [1, 1, 8, 8])
        for name in ["euler", "ddim", "dpmpp_2m"] {
            let result = try run(ToyNetwork(echo: 0.3)).sample(
                masked, noise: .random(seed: 1), seed: 1, sampler: .named(name), sigmas: [10, 5, 1, 0]
            ).latent.samples.floats
            let before = latent.samples.floats
            for index in result.indices where index % 8 >= 4 { #expect(abs(result[index] - before[index]) < 1e-6) }
            #expect(result[0] != before[0])
        }
    }

    @Test("an empty latent of another model's channels becomes one of this model's; a filled one is refused")
    func otherChannels() throws {
        func sample(_ samples: Tensor) throws -> Tensor {
            try run(ToyNetwork()).sample(
                Latent(samples: samples), noise: .random(seed: 1), seed: 1, sampler: .named("euler"), sigmas: [1, 0]
            ).latent.samples
        }
        #expect(try sample(.zeros([1, 16, 8, 8])).shape == [1, 4, 8, 8])
        #expect(throws: SamplingError.self) { try sample(Tensor(repeating: 1, shape: [1, 16, 8, 8])) }
    }

    @Test("an empty latent is refused")
    func emptyLatent() {
        #expect(throws: SamplingError.self) {
            try run(ToyNetwork()).sample(
                Latent(samples: .zeros([1, 4, 0, 8])), noise: .none, seed: 0, sampler: .named("euler"), sigmas: [1, 0])
        }
    }
}
