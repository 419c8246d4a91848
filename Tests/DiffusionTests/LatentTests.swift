import Problems
import Diffusion
import Pictures
import Tensors
import Testing

@Suite("Latent operations") struct LatentTests {
    private func latent(_ batch: Int = 1, height: Int = 4, width: Int = 4, value: Float? = nil) -> Latent {
        let count = batch * 4 * height * width
        let values: [Float] = (0..<count).map { value ?? Float($0 * 37 % 101) / 50 - 1 }
        return Latent(samples: Tensor(values, shape: [batch, 4, height, width]))
    }

    @Test("latents of other sizes and batches are fitted to the first")
    func fitting() throws {
        let sum = try latent(3).adding(latent(1, height: 8, width: 6, value: 2))
        #expect(sum.samples.shape == [3, 4, 4, 4])
        #expect((sum.samples - latent(3).samples - 2).maximumMagnitude < 1e-5)
    }

    @Test("latents of other channel counts are refused")
    func channels() throws {
        let other = Latent(samples: Tensor.zeros([1, 16, 4, 4]))
        #expect(throws: LatentError.self) { try latent().adding(other) }
        #expect(throws: LatentError.self) { try latent().composited(other, x: 0, y: 0, feather: 0) }
    }

    @Test("interpolating with itself, or with share 1, gives the latent")
    func interpolation() throws {
        let a = latent(2)
        #expect((try a.interpolated(with: a, share: 0.3).samples - a.samples).maximumMagnitude < 1e-5)
        #expect((try a.interpolated(with: latent(2, value: 0), share: 1).samples - a.samples).maximumMagnitude < 1e-5)
    }

    @Test("regrouping keeps each item's place in the noise and begins anew where sizes change")
    func regrouping() throws {
        let groups = try Latent.regrouped([latent(3), latent(2), latent(1, height: 8)], size: 2)
        #expect(groups.map(\.batch) == [2, 2, 1, 1])
        #expect(groups.map { $0.batchIndex ?? [] } == [[0, 1], [2, 3], [4], [5]])
        #expect(groups.allSatisfy { $0.noiseMask == nil })
    }

    @Test("a mask that limits some items stays with them")
    func regroupedMasks() throws {
        var masked = latent(2)
        masked.noiseMask = Tensor(repeating: 0.5, shape: [1, 1, 8, 8])
        let groups = try Latent.regrouped([latent(2), masked], size: 2)
        #expect(groups[0].noiseMask == nil)
        #expect(groups[1].noiseMask?.shape == [2, 1, 32, 32])
    }

    @Test("cutting and cropping stay inside, from either end")
    func cutting() throws {
        let wide = latent(1, height: 10, width: 12)
        #expect(try wide.cut(along: .x, from: -3, amount: 8).width == 3)
        #expect(try wide.cut(along: .y, from: 100, amount: 8).height == 1)
        #expect(throws: LatentError.self) { try wide.cut(along: .t, from: 0, amount: 1) }
        let crop = wide.cropped(x: 100, y: 100, width: 20, height: 20)
        #expect([crop.height, crop.width] == [8, 8])
        #expect(latent().cropped(x: 3, y: 3, width: 2, height: 2).width == 2)
    }

    @Test("joining follows the order, and demands equal sizes across it")
    func joining() throws {
        let joined = try latent(value: 1).joined(with: latent(value: 2), along: .x, otherFirst: true)
        #expect(Array(joined.samples.floats.prefix(8)) == [2, 2, 2, 2, 1, 1, 1, 1])
        #expect(throws: LatentError.self) {
            try latent().joined(with: latent(height: 8), along: .x, otherFirst: false)
        }
    }

    @Test("a pasted latent fades on its inner sides only")
    func feathering() throws {
        let pasted = try latent(height: 4, width: 8, value: 0)
            .composited(latent(height: 4, width: 4, value: 1), x: 4, y: 0, feather: 2)
        #expect(Array(pasted.samples.floats.prefix(8)) == [0, 0, 0, 0, 0.5, 1, 1, 1])
    }

    @Test("a batch behind another keeps the places of both")
    func batches() throws {
        var second = latent(2, height: 8, width: 8)
        second.batchIndex = [5, 6]
        let joined = try latent(2).followed(by: second)
        #expect(joined.batchIndex == [0, 1, 5, 6])
        #expect(joined.samples.shape == [4, 4, 4, 4])
        #expect(joined.withOneNoise().batchIndex == [0, 0, 0, 0])
        #expect(joined.withFreshNoise().batchIndex == nil)
    }

    @Test("tone mapping keeps directions, sharpening keeps a flat latent")
    func operations() throws {
        let x = latent(2, height: 8, width: 8).samples
        let mapped = try LatentOperation.tonemapReinhard(multiplier: 0.6).apply(to: x).floats
        let values = x.floats
        // First place of the first item: all channels shrink by one factor.
        let factors: [Float] = (0..<4).map { mapped[$0 * 64] / values[$0 * 64] }
        #expect(factors.allSatisfy { (factor: Float) in abs(factor - factors[0]) < 1e-5 && factor > 0 && factor < 1 })
        let flat = Tensor(repeating: 0.7, shape: [1, 4, 8, 8])
        let sharp = try LatentOperation.sharpen(radius: 2, sigma: 0.9, alpha: 0.5).apply(to: flat)
        #expect((sharp - flat).maximumMagnitude < 1e-5)
        #expect(throws: LatentError.self) {
            try LatentOperation.sharpen(radius: 9, sigma: 1, alpha: 0.1).apply(to: flat)
        }
    }
}
