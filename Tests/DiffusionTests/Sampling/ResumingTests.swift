import Cancellations
import Pictures
import Synchronization
import Tensors
import Testing

@testable import Diffusion
@testable import Samplers

@Suite("An interrupted walk")
struct ResumingTests {
    private let latent = Latent(samples: Tensor((0..<256).map { Float($0 % 7) / 7 }, shape: [1, 4, 8, 8]))

    /// A walk of the toy, which can be stopped and resumed.
    private struct Walk {
        var sampler: Sampler
        var patches: [any ModelPatch] = []
        var latent: Latent
        /// Of the negative text; so many that it can't share a network call with the positive one, if wanted.
        var tokens = 7

        func result(
            _ network: ToyNetwork = ToyNetwork(echo: 0.3), record: SamplingRecord?,
            observer: SamplingObserver = SamplingObserver()
        ) throws -> SamplingResult {
            var run = SamplingRun.toy(
                .classifierFree(positive: conditioning(text(0.4)), negative: conditioning(text(0.1, tokens: tokens)), cfg: 2), network,
                patches: patches, observer: observer)
            run.record = record
            let sigmas = try Scheduler.named("karras").sigmas(
                ModelSampling(), steps: 6, denoise: 1, discardsPenultimate: sampler.discardsPenultimateSigma)
            return try run.sample(latent, noise: .random(seed: 11), seed: 11, sampler: sampler, sigmas: sigmas)
        }

        /// The tapes after each call of a whole walk.
        func tapes() throws -> (result: SamplingResult, tapes: [SamplingTape]) {
            let kept = Mutex<[SamplingTape]>([])
            let result = try result(record: SamplingRecord { tape, _ in kept.withLock { $0.append(tape) } })
            return (result, kept.withLock { $0 })
        }
    }

    private func expectSame(_ found: SamplingResult, _ expected: SamplingResult, _ place: String) {
        #expect(found.latent.samples.hasSameBits(as: expected.latent.samples), "\(place)")
        #expect(found.denoised.samples.hasSameBits(as: expected.denoised.samples), "\(place)")
    }

    @Test("goes on with the same bits after any call, whatever the sampler", arguments: Sampler.all.map(\.name))
    func samplers(name: String) throws {
        var masked = latent
        masked.noiseMask = Tensor((0..<64).map { $0 % 8 < 4 ? 1 : 0.5 }, shape: [1, 1, 8, 8])
        for latent in [latent, masked] {
            let walk = Walk(sampler: try .named(name), latent: latent)
            let (whole, tapes) = try walk.tapes()
            for tape in tapes {
                let network = ToyNetwork(echo: 0.3)
                let resumed = try walk.result(network, record: SamplingRecord(earlier: tape) { _, _ in })
                expectSame(resumed, whole, "\(name) after call \(tape.calls.count)")
                #expect(network.calls.count == tapes.count - tape.calls.count)
            }
        }
    }

    /// Everything that remembers earlier calls by itself, one at a time and together.
    private static let remembering: [(name: String, patches: [any ModelPatch])] = {
        let momentum = AdaptiveProjectedGuidance(eta: 0.5, normThreshold: 3, momentum: -0.5)
        let easy = StepCaching(place: .network, threshold: 0.3, range: ScheduleRange(start: 0.1, end: 0.95))
        let lazy = StepCaching(place: .guidance, threshold: 0.3, range: ScheduleRange(start: 0.1, end: 0.95))
        return [
            ("momentum", [momentum]), ("EasyCache", [easy]), ("LazyCache", [lazy]),
            ("two momenta and EasyCache", [momentum, easy, momentum]),
            ("all", [momentum, easy, lazy]),
        ]
    }()

    @Test("goes on with the same bits under patches that remember earlier calls", arguments: remembering.map(\.name))
    func memory(name: String) throws {
        let patches = try #require(Self.remembering.first { $0.name == name }).patches
        for sampler in ["euler", "dpm_2", "dpmpp_2m_sde", "lms", "euler_cfg_pp", "dpm_adaptive"] {
            let walk = Walk(sampler: try .named(sampler), patches: patches, latent: latent)
            let (whole, tapes) = try walk.tapes()
            for tape in tapes {
                let resumed = try walk.result(record: SamplingRecord(earlier: tape) { _, _ in })
                expectSame(resumed, whole, "\(sampler) after call \(tape.calls.count)")
            }
        }
    }

    @Test("a cached step is still skipped after the interruption")
    func skipping() throws {
        let caching = StepCaching(place: .guidance, threshold: 100, range: ScheduleRange(start: 0, end: 1))
        let walk = Walk(sampler: try .named("euler"), patches: [caching], latent: latent)
        let (_, tapes) = try walk.tapes()
        let network = ToyNetwork(echo: 0.3)
        _ = try walk.result(network, record: SamplingRecord(earlier: tapes[2]) { _, _ in })
        #expect(network.calls.isEmpty)
    }

    @Test("can be interrupted again on its way", arguments: ["EasyCache", "all"])
    func twice(name: String) throws {
        let patches = try #require(Self.remembering.first { $0.name == name }).patches
        let walk = Walk(sampler: try .named("dpmpp_3m_sde"), patches: patches, latent: latent)
        let (whole, tapes) = try walk.tapes()
        let kept = Mutex<[SamplingTape]>([])
        _ = try walk.result(record: SamplingRecord(earlier: tapes[1]) { tape, _ in kept.withLock { $0.append(tape) } })
        let second = kept.withLock { $0 }
        #expect(second.map(\.calls.count) == tapes.dropFirst(2).map(\.calls.count))
        for tape in second { expectSame(try walk.result(record: SamplingRecord(earlier: tape) { _, _ in }), whole, name) }
    }

    @Test("is kept as it was after its last whole call when it is cancelled, even in the middle of a call")
    func cancelling() throws {
        let easy = StepCaching(place: .network, threshold: 0.3, range: ScheduleRange(start: 0, end: 1))
        let walk = Walk(sampler: try .named("heun"), patches: [easy], latent: latent, tokens: 36)
        let counter = ToyNetwork(echo: 0.3)
        let whole = try walk.result(counter, record: nil)
        #expect(counter.calls.count > 4)
        for count in 2..<counter.calls.count {
            let network = ToyNetwork(echo: 0.3)
            let kept = Mutex<[(SamplingTape, SamplingRecord.Moment)]>([])
            #expect(throws: CancellationError.self) {
                // The toy asks nothing itself: one check before each of its calls.
                try Cancellation(afterChecks: count).whileCurrent {
                    try walk.result(
                        network, record: SamplingRecord { tape, moment in kept.withLock { $0.append((tape, moment)) } })
                }
            }
            let (tape, moment) = try #require(kept.withLock { $0.last })
            #expect(moment == .cancelled)
            expectSame(try walk.result(record: SamplingRecord(earlier: tape) { _, _ in }), whole, "\(count) calls")
        }
    }

    @Test("says at which step it goes on, once, and tells only the steps from there")
    func telling() throws {
        for (name, cut, expected) in [("euler", 3, 4), ("heun", 3, 2), ("heun", 4, 3)] {
            let walk = Walk(sampler: try .named(name), latent: latent)
            let (_, tapes) = try walk.tapes()
            let steps = Mutex<[Int]>([]), resumed = Mutex<[[Int]]>([])
            let observer = SamplingObserver(
                step: { step, _, _ in steps.withLock { $0.append(step) } },
                resumed: { step, count in resumed.withLock { $0.append([step, count]) } })
            _ = try walk.result(record: SamplingRecord(earlier: tapes[cut - 1]) { _, _ in }, observer: observer)
            #expect(resumed.withLock { $0 } == [[expected, 6]], "\(name)")
            // A step whose first call is on the tape isn't told again.
            #expect(steps.withLock { $0.first } == (cut == 3 && name == "heun" ? 3 : expected), "\(name)")
        }
    }

    @Test("starts anew where the tape is of something else")
    func mismatch() throws {
        let walk = Walk(sampler: try .named("euler"), latent: latent)
        let (whole, tapes) = try walk.tapes()
        var tape = tapes[3]
        tape.calls[2].denoised = .zeros([1, 4, 4, 4])
        let network = ToyNetwork(echo: 0.3)
        expectSame(try walk.result(network, record: SamplingRecord(earlier: tape) { _, _ in }), whole, "another shape")
        #expect(network.calls.count == tapes.count)
    }

    @Test("a sampler that enlarges the latent works with patches that remember, and is resumed with them")
    func enlarging() throws {
        for (name, patches) in Self.remembering {
            let walk = Walk(sampler: .lcmUpscale(ratio: 1.5, steps: 2, method: .bislerp), patches: patches, latent: latent)
            let (whole, tapes) = try walk.tapes()
            for tape in tapes {
                expectSame(
                    try walk.result(record: SamplingRecord(earlier: tape) { _, _ in }), whole, "\(name) after call \(tape.calls.count)")
            }
        }
    }

    @Test("keyframes of hooks go on where they were")
    func keyframes() throws {
        let sampling = ModelSampling()
        var frames = HookKeyframes()
        for (strength, start) in [(1, 0), (0.5, 0.3), (0, 0.6)] as [(Float, Double)] { frames.add(.init(strength: strength, start: start)) }
        let sigmas: [Float] = [14, 10, 6, 3, 2, 1, 0.5, 0.1]
        var whole = KeyframeClock(frames, sampling: sampling, firstSigma: 14)
        let expected = sigmas.map { whole.strength(at: $0) }
        #expect(Set(expected) == [1, 0.5, 0])
        for cut in sigmas.indices {
            var first = KeyframeClock(frames, sampling: sampling, firstSigma: 14)
            for sigma in sigmas.prefix(cut) { _ = first.strength(at: sigma) }
            var second = KeyframeClock(frames, sampling: sampling, firstSigma: 14)
            second.state = first.state
            #expect(sigmas.dropFirst(cut).map { second.strength(at: $0) } == Array(expected.dropFirst(cut)), "after \(cut)")
        }
    }
}
