import Problems
import Tensors
import Testing

@testable import Diffusion
@testable import Networks
@testable import Samplers

@Suite("Guidance puts predictions together")
struct GuidanceTests {
    private func cfg(_ positive: Conditioning, _ negative: Conditioning, _ cfg: Float) -> Guidance {
        .classifierFree(positive: positive, negative: negative, cfg: cfg)
    }

    /// The value at a place of the first channel.
    private func at(_ tensor: Tensor, _ row: Int, _ column: Int) -> Float { tensor.floats[row * tensor.shape[3] + column] }

    @Test("positive and negative share a call, negative first, and cfg lies beyond them")
    func classifierFree() throws {
        let network = ToyNetwork()
        let result = try SamplingRun.toy(cfg(conditioning(text(3)), conditioning(text(1)), 7), network).prediction()
        #expect(at(result, 0, 0) == 15)
        #expect(network.calls.map(\.sides) == [[.negative, .positive]])
    }

    @Test("at cfg 1 the negative isn't computed, except for samplers and patches that look at it")
    func cfgOne() throws {
        let network = ToyNetwork()
        let run = SamplingRun.toy(cfg(conditioning(text(3)), conditioning(text(1)), 1), network)
        #expect(at(try run.prediction(), 0, 0) == 3)
        #expect(network.calls.map(\.sides) == [[.positive]])
        let latent = Latent(samples: .zeros([1, 4, 8, 8]))
        _ = try run.sample(latent, noise: .random(seed: 1), seed: 1, sampler: .named("euler_cfg_pp"), sigmas: [14, 0])
        #expect(network.calls.last?.sides == [.negative, .positive])
    }

    @Test("several entries of a side count by their strengths, and a strength alone changes nothing")
    func strengths() throws {
        var strong = text(4)
        strong.strength = 3
        let both = SamplingRun.toy(.single(conditioning(strong, text(0))), ToyNetwork())
        #expect(at(try both.prediction(), 0, 0) == 3)
        let alone = SamplingRun.toy(.single(conditioning(strong)), ToyNetwork())
        #expect(at(try alone.prediction(), 0, 0) == 4)
    }

    @Test("texts whose token counts repeat to a common one share a call; others don't")
    func tokens() throws {
        let near = ToyNetwork()
        _ = try SamplingRun.toy(cfg(conditioning(text(1, tokens: 154)), conditioning(text(0, tokens: 77)), 2), near).prediction()
        #expect(near.calls.map(\.tokens) == [154])
        let far = ToyNetwork()
        _ = try SamplingRun.toy(cfg(conditioning(text(1, tokens: 77 * 5)), conditioning(text(0, tokens: 77)), 2), far).prediction()
        #expect(far.calls.count == 2)
    }

    @Test("an area counts within its ramp, and the other side gets a copy of its own text for it")
    func areas() throws {
        var left = text(8)
        left.area = .cells(height: 8, width: 8, y: 0, x: 0)
        let network = ToyNetwork()
        let result = try SamplingRun.toy(cfg(conditioning(left, text(2)), conditioning(text(0)), 1.5), network)
            .prediction(width: 16)
        // Inside: the mean of both; at the inner edge the area's weight falls to 1/2 (ramp of 2 places), outside only
        // the other.
        let (inside, edge): (Float, Float) = (1.5 * (8 + 2) / 2, 1.5 * (8 * 0.5 + 2) / 1.5)
        #expect(at(result, 4, 0) == inside)
        #expect(abs(at(result, 4, 7) - edge) < 1e-5)
        #expect(at(result, 4, 12) == 3)
        let shapes: [[Int]] = network.calls.map(\.shape).sorted { $0[3] < $1[3] }
        #expect(shapes == [[2, 4, 8, 8], [2, 4, 8, 16]])
    }

    @Test("a mask limits a text, a place that none covers gets 0, and a default entry fills it")
    func masks() throws {
        var half = text(6)
        half.mask = Tensor((0..<64).map { $0 % 8 < 4 ? 1 : 0 }, shape: [1, 8, 8])
        let bare = try SamplingRun.toy(.single(conditioning(half)), ToyNetwork()).prediction()
        #expect(at(bare, 0, 0) == 6)
        #expect(at(bare, 0, 7) == 0)
        var rest = text(5)
        rest.isDefault = true
        let filled = try SamplingRun.toy(.single(conditioning(half, rest)), ToyNetwork()).prediction()
        #expect(at(filled, 0, 0) == 6)
        #expect(at(filled, 0, 7) == 5)
    }

    @Test("a mask of another size is fitted; its bounds become the area when it says so")
    func maskBounds() throws {
        var corner = text(6)
        corner.mask = Tensor((0..<64 * 64).map { $0 / 64 >= 32 && $0 % 64 >= 32 ? 1 : 0 }, shape: [1, 64, 64])
        corner.maskSetsArea = true
        let network = ToyNetwork()
        let result = try SamplingRun.toy(.single(conditioning(corner)), network).prediction(height: 16, width: 16)
        #expect(network.calls.map(\.shape) == [[1, 4, 8, 8]])
        #expect(at(result, 15, 15) == 6)
        #expect(at(result, 0, 0) == 0)
    }

    @Test("a text counts only in its part of the run")
    func ranges() throws {
        var late = text(9)
        late.timestepRange = ScheduleRange(start: 0.5, end: 1)
        let network = ToyNetwork()
        let run = SamplingRun.toy(.single(conditioning(text(1), late)), network)
        let latent = Latent(samples: .zeros([1, 4, 8, 8]))
        let result = try run.sample(
            latent, noise: .random(seed: 1), seed: 1, sampler: .named("euler"), sigmas: [14, 1, 0])
        #expect(network.calls.map { $0.shape[0] } == [1, 2])
        #expect(abs(at(result.denoised.samples, 0, 0) - 5) < 1e-6)
    }

    @Test("two texts and a negative, side by side and nested")
    func dual() throws {
        func value(_ nested: Bool) throws -> Float {
            let guidance = Guidance.dual(
                first: conditioning(text(10)), second: conditioning(text(4)), negative: conditioning(text(1)), cfgFirst: 2,
                cfgSecond: 3, nested: nested)
            return at(try SamplingRun.toy(guidance, ToyNetwork()).prediction(), 0, 0)
        }
        // 1 + (4 − 1) · 3 + (10 − 4) · 2, and 1 + 3 · (4 + 2 · (10 − 4) − 1).
        #expect(try value(false) == 22)
        #expect(try value(true) == 46)
    }

    @Test("a negative along the positive takes nothing away under Perp-Neg")
    func perpendicular() throws {
        let guidance = Guidance.perpendicular(
            positive: conditioning(text(5)), negative: conditioning(text(3)), empty: conditioning(text(1)), cfg: 2,
            negativeScale: 1)
        let result = try SamplingRun.toy(guidance, ToyNetwork()).prediction()
        #expect(abs(at(result, 0, 0) - (1 + 2 * 4)) < 1e-5)
    }

    @Test("an inpainting network gets mask and masked picture, or grey where there is none")
    func inpaintingChannels() throws {
        let network = ToyNetwork(inputChannels: 9)
        _ = try SamplingRun.toy(.single(conditioning(text(1))), network).prediction()
        #expect(network.calls.map(\.shape) == [[1, 9, 8, 8]])
        let odd = ToyNetwork(inputChannels: 7)
        #expect(throws: SamplingError.self) {
            try SamplingRun.toy(.single(conditioning(text(1))), odd)
                .prediction(samples: Tensor(repeating: 1, shape: [1, 4, 8, 8]))
        }
    }

    @Test("guidance can rise over a batch, or rise and fall")
    func overBatch() {
        #expect(BatchGuidance(.linear, lowest: 1).scales(count: 5, cfg: 3) == [1, 1.5, 2, 2.5, 3])
        #expect(BatchGuidance(.triangle, lowest: 1).scales(count: 5, cfg: 3) == [1, 2, 3, 2, 1])
        #expect(BatchGuidance(.linear, lowest: 2).scales(count: 1, cfg: 3) == [2])
    }
}
