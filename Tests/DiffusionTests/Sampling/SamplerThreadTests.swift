import Checkpoints
import Diffusion
import GoldenSupport
import Tensors
import Testing
@testable import Samplers

/// Serialised: the number of threads is the process's.
@Suite("Sampling with a real network", .serialized)
struct SamplerThreadTests {
    @Test("every sampler gives the same bits for any number of threads")
    func threads() throws {
        let model = try Model(Checkpoint(CheckpointFile.open(RecipeModels.make("sd1-mini"))))
        let width = try #require(model.structure.contextWidth)
        func text(_ seed: UInt64) -> Conditioning {
            var generator = TorchGenerator(seed: seed)
            return Conditioning([Conditioning.Entry(embedding: generator.normal([1, 77, width]))])
        }
        let run = try SamplingRun(
            Guider(model: model, guidance: .classifierFree(positive: text(1), negative: text(2), cfg: 3)))
        defer { ComputeThreads.set(nil) }
        for sampler in Sampler.all {
            // Adaptive steps take as many calls as the error asks for: a short stretch will do.
            let sigmas: [Float] = sampler.name == "dpm_adaptive" ? [0.3, 0.25, 0] : [14.6, 2, 0]
            func result(threads: Int) throws -> Tensor {
                ComputeThreads.set(threads)
                return try run.sample(
                    Latent(samples: .zeros([1, 4, 4, 4])), noise: .random(seed: 4), seed: 4, sampler: sampler, sigmas: sigmas
                ).latent.samples
            }
            let one = try result(threads: 1)
            for threads in [5] {
                #expect(try result(threads: threads).hasSameBits(as: one), "\(sampler.name) with \(threads) threads")
            }
        }
    }
}
