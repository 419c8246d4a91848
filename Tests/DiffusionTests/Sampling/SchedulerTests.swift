import Diffusion
import Pictures
import Tensors
import Testing

@Suite("Noise levels equal ComfyUI's")
struct SchedulerTests {
    static let variants: [String: SamplingSettings] = [
        "eps": SamplingSettings(),
        "v": SamplingSettings(prediction: .v),
        "v-zsnr": SamplingSettings(prediction: .v, schedule: .discreteZeroSNR),
        "lcm": SamplingSettings(prediction: .lcm, schedule: .distilled),
        "x0": SamplingSettings(prediction: .x0),
        "edm-eps": SamplingSettings(schedule: .continuousEDM(sigmaMin: 0.002, sigmaMax: 120)),
        "edm-v": SamplingSettings(prediction: .v, schedule: .continuousEDM(sigmaMin: 0.03, sigmaMax: 500)),
        "edm-edm": SamplingSettings(
            prediction: .edm, schedule: .continuousEDM(sigmaMin: 0.002, sigmaMax: 80), sigmaData: 0.5),
    ]

    @Test("tables, timesteps, levels and percents of every kind of model")
    func models() throws {
        let golden = try GoldenData("sigmas")
        for test in golden.cases {
            guard let name = test["name"] as? String, name.hasPrefix("model-"), let variant = test["variant"] as? String,
                let settings = Self.variants[variant]
            else { continue }
            let model = ModelSampling(settings)
            #expect(excess(model.sigmas, golden.tensor(test, "sigmas").floats, relative: 2e-6) <= 1e-6, "\(name) table")
            let levels = golden.tensor(test, "timestep_query").floats.map { model.sigma(timestep: $0) }
            #expect(excess(levels, golden.tensor(test, "sigma_of_timestep").floats, relative: 2e-6) <= 1e-6, "\(name) levels")
            let steps = golden.tensor(test, "sigma_query").floats.map { model.timestep($0) }
            #expect(excess(steps, golden.tensor(test, "timestep_of_sigma").floats, relative: 2e-6) <= 1e-6, "\(name) timesteps")
            let percents = (test["percent_query"] as? [Double] ?? []).map { Float(model.sigma(percent: $0)) }
            let wanted = (test["percent_to_sigma"] as? [Double] ?? []).map { Float($0) }
            #expect(excess(percents, wanted, relative: 2e-6) <= 1e-6, "\(name) percents")
        }
    }

    @Test("every scheduler, at many steps, whole and in part, with and without the last but one sigma")
    func schedules() throws {
        let golden = try GoldenData("sigmas")
        var compared = 0
        for test in golden.cases {
            guard let rows = test["rows"] as? [[String: Any]], let variant = test["variant"] as? String,
                let settings = Self.variants[variant]
            else { continue }
            let values = golden.tensor(test, "values").floats
            let model = ModelSampling(settings)
            for row in rows {
                guard let name = row["scheduler"] as? String, let steps = row["steps"] as? Int,
                    let denoise = row["denoise"] as? Double, let start = row["start"] as? Int, let count = row["count"] as? Int
                else { continue }
                let sigmas = try Scheduler.named(name).sigmas(
                    model, steps: steps, denoise: denoise, discardsPenultimate: row["discard_penultimate"] as? Bool ?? false)
                let worst = excess(sigmas, Array(values[start..<start + count]), relative: 2e-6)
                #expect(worst <= 1e-6, "\(variant) \(row): \(worst) \(sigmas)")
                compared += 1
            }
        }
        #expect(compared > 300)
    }

    @Test("an unknown scheduler is refused with the names of those there are")
    func unknown() {
        #expect(throws: SamplingError.self) { try Scheduler.named("kerras") }
    }

    @Test("a schedule cut at a step keeps the sigma of the cut in both parts, and flipping avoids a first 0")
    func lists() {
        let sigmas = Sigmas([4, 2, 1, 0])
        #expect(sigmas.split(at: 1).high.values == [4, 2])
        #expect(sigmas.split(at: 1).low.values == [2, 1, 0])
        #expect(sigmas.split(denoise: 0.34).low.values == [1, 0])
        #expect(sigmas.split(denoise: 0).high.values == [])
        #expect(sigmas.flipped().values == [0.0001, 1, 2, 4])
        #expect(sigmas.extended(steps: 2, from: -1, to: 2, spacing: .linear).values == [4, 3, 2, 1.5, 1, 0])
    }
}

@Suite("Published tables of noise levels")
struct TableScheduleTests {
    @Test("GITS has a schedule for every coefficient and number of steps, falling to 0")
    func gits() {
        for hundredths in stride(from: 80, through: 150, by: 5) {
            for steps in 2...24 {
                let sigmas = sigmasGITS(coefficient: Double(hundredths) / 100, steps: steps, denoise: 1)
                #expect(sigmas.count == steps + 1, "\(hundredths), \(steps) steps")
                #expect(zip(sigmas, sigmas.dropFirst()).allSatisfy { $0 > $1 }, "\(hundredths), \(steps) steps: \(sigmas)")
                #expect(sigmas.first == 14.61464119 && sigmas.last == 0)
            }
        }
    }

    @Test("a table is cut to the last steps by denoise, and interpolated for other numbers of steps")
    func cuts() {
        #expect(AlignedSteps.sd1.sigmas(steps: 10, denoise: 0.3).count == 4)
        #expect(AlignedSteps.sd1.sigmas(steps: 10, denoise: 0).isEmpty)
        #expect(AlignedSteps.sdxl.sigmas(steps: 25, denoise: 1).count == 26)
        #expect(OptimalSteps.chroma.sigmas(steps: 12, denoise: 1).last == 0)
    }

    @Test("a chart shows every level, and odd schedules don't trap it")
    func chart() {
        let image = Sigmas([10, 1, 0.1, 0]).chart(width: 64, height: 64, logarithmic: true)
        #expect(image.pixels.shape == [1, 64, 64, 3])
        #expect(image.pixels.minimum < 0.2)
        for values: [Float] in [[], [0], [.nan, 0], [1], [2, 2, 2], [.infinity, 1e-30]] {
            for logarithmic in [true, false] {
                #expect(Sigmas(values).chart(width: 80, height: 70, logarithmic: logarithmic).pixels.count == 80 * 70 * 3)
            }
        }
    }
}
