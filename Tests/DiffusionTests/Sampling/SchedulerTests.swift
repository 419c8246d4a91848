import Problems
import Diffusion
import Pictures
import Tensors
import Testing
@testable import Samplers

/// Tables, conversions and the sigmas of every scheduler are compared with ComfyUI's in the golden group `sigmas`.
@Suite("Schedulers and lists of sigmas")
struct SchedulerTests {
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
