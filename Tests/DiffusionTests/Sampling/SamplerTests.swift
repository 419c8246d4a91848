import Problems
import Diffusion
import Tensors
import Testing
@testable import Samplers

/// Latents of independent normal numbers with a mean and a deviation: the best denoiser is known, and so is the flow.
private struct GaussianLatents {
    var mean: Float = 0.4
    var deviation: Float = 0.7

    func denoised(_ x: Tensor, _ sigma: Float) -> Tensor {
        let variance = deviation * deviation
        return x.map { ($0 * variance + mean * sigma * sigma) / (variance + sigma * sigma) }
    }

    /// Where the probability flow leads from `x` at `sigma` to `end`.
    func flow(_ x: Tensor, from sigma: Float, to end: Float) -> Tensor {
        let scale = ((deviation * deviation + end * end) / (deviation * deviation + sigma * sigma)).squareRoot()
        return x.map { mean + ($0 - mean) * scale }
    }
}

@Suite("Samplers on latents whose flow is known")
struct SamplerTests {
    private let latents = GaussianLatents()

    private func run(_ name: String, steps: Int, calls: UnsafeMutablePointer<Int>? = nil) throws -> (
        start: Tensor, result: Tensor, sigmas: [Float]
    ) {
        let sampler = try Sampler.named(name)
        let model = ModelSampling()
        let sigmas = try Scheduler.named("karras").sigmas(
            model, steps: steps, denoise: 1, discardsPenultimate: sampler.discardsPenultimateSigma)
        let generator = SharedGenerator(seed: 5)
        let start = model.noised(.zeros([2, 4, 4, 4]), with: generator.normal([2, 4, 4, 4]), sigma: sigmas[0])
        let denoise = Denoiser { x, sigma in
            calls?.pointee += 1
            let denoised = latents.denoised(x, sigma)
            // CFG++ moves along the unconditional part; the same one makes it a plain method.
            return Denoiser.Prediction(denoised: denoised, unconditional: denoised)
        }
        let input = SamplerInput(
            denoise: denoise, x: start, sigmas: sigmas, seed: 5, model: model, generator: generator)
        return (start, try sampler.sample(input), sigmas)
    }

    @Test(
        "deterministic samplers follow the flow, those of low order less closely",
        arguments: [
            ("euler", 0.1), ("euler_cfg_pp", 0.1), ("heun", 0.01), ("heunpp2", 0.1), ("dpm_2", 0.01), ("lms", 0.01),
            ("dpmpp_2m", 0.01), ("dpmpp_2m_cfg_pp", 0.02), ("ipndm", 0.02), ("ipndm_v", 0.01), ("deis", 0.01),
            ("res_multistep", 0.02), ("res_multistep_cfg_pp", 0.02), ("gradient_estimation", 0.1),
            ("gradient_estimation_cfg_pp", 0.1), ("ddim", 0.1), ("uni_pc", 0.02), ("uni_pc_bh2", 0.02),
            ("dpm_fast", 0.05), ("dpm_adaptive", 0.1),
        ])
    func deterministic(name: String, tolerance: Float) throws {
        let (start, result, sigmas) = try run(name, steps: 40)
        let end: Float = name.hasPrefix("dpm_") && name != "dpm_2" ? sigmas[sigmas.count - 2] : 0
        let wanted = latents.flow(start, from: sigmas[0], to: end)
        #expect((result - wanted).maximumMagnitude < tolerance, "\(name): \((result - wanted).maximumMagnitude)")
    }

    @Test("every sampler gives the same bits twice, and finite ones", arguments: Sampler.all.map(\.name))
    func repeatable(name: String) throws {
        for steps in [1, 2, 3, 7] {
            let first = try run(name, steps: steps).result
            #expect(first.firstNotFinite == nil, "\(name), \(steps) steps")
            #expect(first.hasSameBits(as: try run(name, steps: steps).result))
        }
    }

    @Test("stochastic samplers end in latents of the right mean and deviation")
    func distribution() throws {
        for name in ["euler_ancestral", "dpmpp_sde", "dpmpp_2m_sde", "dpmpp_3m_sde", "seeds_2", "seeds_3", "er_sde", "sa_solver", "ddpm"] {
            let result = try run(name, steps: 30).result
            let deviation = (result.squaredNorm / Double(result.count) - result.mean * result.mean).squareRoot()
            #expect(abs(result.mean - 0.4) < 0.25, "\(name): mean \(result.mean)")
            #expect(abs(deviation - 0.7) < 0.25, "\(name): deviation \(deviation)")
        }
    }

    @Test(
        "the number of denoiser calls is what a method promises",
        arguments: [
            ("euler", 7), ("heun", 13), ("dpm_2", 13), ("dpmpp_2m", 7), ("dpmpp_sde", 13), ("seeds_3", 19), ("uni_pc", 7), ("dpm_fast", 7),
        ])
    func calls(name: String, count: Int) throws {
        var calls = 0
        _ = try run(name, steps: 7, calls: &calls)
        #expect(calls == count)
    }

    @Test("names that only differ by where the noise is made are the same computation")
    func deviceNames() throws {
        for name in ["dpmpp_sde", "dpmpp_2m_sde", "dpmpp_2m_sde_heun", "dpmpp_3m_sde"] {
            #expect(try run(name, steps: 4).result.hasSameBits(as: run(name + "_gpu", steps: 4).result))
        }
    }

    @Test("sigmas that aren't numbers, rise or stand still trap no sampler", arguments: Sampler.all.map(\.name))
    func oddSchedules(name: String) throws {
        for sigmas: [Float] in [[.nan, 0], [0.0001, .nan], [1, 1, 1, 0], [0.5, 1, 2], [3], [5, 0, 0]] {
            let input = SamplerInput(
                denoise: Denoiser { x, sigma in
                    let denoised = latents.denoised(x, sigma)
                    return Denoiser.Prediction(denoised: denoised, unconditional: denoised)
                }, x: Tensor(repeating: 1, shape: [1, 4, 2, 2]), sigmas: sigmas, seed: 1, model: ModelSampling(),
                generator: SharedGenerator(seed: 1))
            do { _ = try Sampler.named(name).sample(input) } catch is SamplingError {}
        }
    }

    @Test("adaptive steps that can't move are refused")
    func stuck() throws {
        var options = AdaptiveStepOptions()
        options.hInit = 0
        let input = SamplerInput(
            denoise: Denoiser { x, _ in Denoiser.Prediction(denoised: x, unconditional: x) }, x: .zeros([1, 4, 2, 2]),
            sigmas: [10, 1, 0], seed: 1, model: ModelSampling(), generator: SharedGenerator(seed: 1))
        #expect(throws: SamplingError.self) { try Sampler.dpmAdaptive(options).sample(input) }
    }

    @Test("an unknown sampler is refused")
    func unknown() {
        #expect(throws: SamplingError.self) { try Sampler.named("eular") }
    }
}
