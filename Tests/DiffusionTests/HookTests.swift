import Testing

@testable import Diffusion
@testable import Samplers

@Suite("Hooks of conditioning")
struct HookTests {
    static let sampling = ModelSampling(.sd1)

    static func strengths(_ keyframes: [HookKeyframes.Keyframe], at percents: [Double]) -> [Float] {
        var all = HookKeyframes()
        for keyframe in keyframes { all.add(keyframe) }
        let sigmas = percents.map { Float(sampling.sigma(percent: max($0, 0.001))) }
        var clock = KeyframeClock(all, sampling: sampling, firstSigma: sigmas[0])
        return sigmas.map { clock.strength(at: $0) }
    }

    @Test("without keyframes the strength is 1")
    func none() {
        #expect(Self.strengths([], at: [0, 0.5, 1]) == [1, 1, 1])
    }

    @Test("a keyframe counts from its part of the run on; the first one from the beginning")
    func inOrder() {
        let frames: [HookKeyframes.Keyframe] = [.init(strength: 1, start: 0.5), .init(strength: 0.2, start: 0.1)]
        #expect(Self.strengths(frames, at: [0, 0.2, 0.4, 0.6, 0.8]) == [0.2, 0.2, 0.2, 1, 1])
    }

    @Test("a guaranteed keyframe lasts one call even if the next has begun; others are passed over")
    func guaranteed() {
        let starts = [0.1, 0.15, 0.2]
        let lasting = starts.map { HookKeyframes.Keyframe(strength: Float($0), start: $0) }
        #expect(Self.strengths(lasting, at: [0, 0.5, 0.6, 0.7]) == [0.1, 0.15, 0.2, 0.2])
        let passing = starts.map { HookKeyframes.Keyframe(strength: Float($0), start: $0, isGuaranteed: false) }
        #expect(Self.strengths(passing, at: [0, 0.5, 0.6]) == [0.1, 0.2, 0.2])
    }

    @Test("calls at one noise level see one strength")
    func sameLevel() {
        let frames: [HookKeyframes.Keyframe] = [.init(strength: 0.5, start: 0), .init(strength: 1, start: 0.3)]
        #expect(Self.strengths(frames, at: [0.1, 0.1, 0.4, 0.4]) == [0.5, 0.5, 1, 1])
    }
}
