import Diffusion
import Tensors
import Testing

@Suite("Noise equals ComfyUI's")
struct NoiseTests {
    @Test("initial noise, continued streams and Brownian noise of every case")
    func cases() throws {
        let golden = try GoldenData("noise")
        #expect(golden.cases.count > 15)
        for test in golden.cases {
            let name = test["name"] as? String ?? ""
            guard let shape = test["shape"] as? [Int], let seed = UInt64(test["seed"] as? String ?? "") else { continue }
            var worst = Float.infinity
            if name.hasPrefix("brownian"), let low = test["sigma_min"] as? Double, let high = test["sigma_max"] as? Double {
                let sigmas = golden.tensor(test, "sigmas").floats
                let tree = BrownianTree(shape: shape, from: Float(low), to: Float(high), seed: seed)
                let found = zip(sigmas, sigmas.dropFirst()).flatMap { tree.noise(from: $0, to: $1).floats }
                worst = excess(found, golden.tensor(test, "noise").floats)
                let middle = golden.tensor(test, "mid").scalar
                let more = [(sigmas[0], middle), (sigmas[0], sigmas[1]), (middle, sigmas[1]), (sigmas[2], sigmas[4])]
                    .flatMap { tree.noise(from: $0.0, to: $0.1).floats }
                worst = max(worst, excess(more, golden.tensor(test, "extra_noise").floats))
            } else if name.hasPrefix("stream") {
                var generator = TorchGenerator(seed: seed)
                let found = (0..<(test["draws"] as? Int ?? 0)).flatMap { _ in generator.normal(shape).floats }
                worst = excess(found, golden.tensor(test, "noise").floats)
            } else {
                let generator = SharedGenerator(seed: seed)
                let noise = initialNoise(shape: shape, batchIndex: test["batch_index"] as? [Int], from: generator)
                worst = excess(noise.floats, golden.tensor(test, "noise").floats)
            }
            #expect(worst <= 4e-6, "\(name): \(worst)")
        }
    }
}
