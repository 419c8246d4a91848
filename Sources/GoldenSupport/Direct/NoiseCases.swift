internal import Checkpoints
internal import Diffusion
internal import Tensors

/// Group `noise`: random streams.
enum NoiseCases {
    static func compare(_ golden: GoldenCase, _ tensors: any TensorSource) throws -> Comparison {
        var comparison = Comparison(tolerance: golden.tolerance)
        let values = golden.values(in: tensors)
        let seed = UInt64(golden.seed ?? "") ?? 0
        let shape = golden.shape ?? []
        switch golden.function {
        case "prepare_noise"?:
            let noise = initialNoise(shape: shape, batchIndex: golden.batch_index, from: SharedGenerator(seed: seed))
            comparison.compare(noise, to: try values("noise"), name: "noise")
        case "default_noise_sampler"?:
            var generator = TorchGenerator(seed: seed)
            let draws = (0..<(golden.draws ?? 1)).map { _ in generator.normal(shape).reshaped([1] + shape) }
            comparison.compare(Tensor.concatenated(draws, along: 0), to: try values("noise"), name: "noise")
        case let name? where name.hasPrefix("BrownianTree"):
            try compareBrownian(golden, shape: shape, seed: seed, values, &comparison)
        case nil:
            try compareRaw(golden, seed: seed, values, &comparison)
        case let other?:
            throw GoldenError("no such function: \(other)")
        }
        return comparison
    }

    private static func compareBrownian(
        _ golden: GoldenCase, shape: [Int], seed: UInt64, _ values: (String) throws -> Tensor, _ comparison: inout Comparison
    ) throws {
        let tree = BrownianTree(
            shape: shape, from: Float(golden.sigma_min ?? 0), to: Float(golden.sigma_max ?? 0), seed: seed)
        let sigmas = try values("sigmas").floats
        let middle = try values("mid").floats[0]
        let steps = zip(sigmas, sigmas.dropFirst()).map { ($0, $1) }
        let extra = [(sigmas[0], middle), (sigmas[0], sigmas[1]), (middle, sigmas[1]), (sigmas[2], sigmas[4])]
        for (name, intervals) in [("noise", steps), ("extra_noise", extra)] {
            let parts = intervals.map { tree.noise(from: $0.0, to: $0.1).reshaped([1] + shape) }
            comparison.compare(Tensor.concatenated(parts, along: 0), to: try values(name), name: name)
        }
    }

    /// What the generator gives before it becomes noise.
    private static func compareRaw(
        _ golden: GoldenCase, seed: UInt64, _ values: (String) throws -> Tensor, _ comparison: inout Comparison
    ) throws {
        func fresh() -> TorchGenerator { TorchGenerator(seed: seed) }
        var generator = fresh()
        let uniform = (0..<16).map { _ in generator.uniform() }
        comparison.compare(Tensor(uniform), to: try values("rand32"), name: "rand32")
        generator = fresh()
        let double = (0..<8).map { _ in generator.uniformDouble() }
        comparison.compare(double, to: golden.float64?["rand64"] ?? [], name: "rand64")
        for count in [15, 16] {
            generator = fresh()
            comparison.compare(generator.normal([count]), to: try values("randn\(count)"), name: "randn\(count)")
        }
    }
}

extension GoldenCase {
    /// Looks an array of this case up, as float32.
    func values(in source: any TensorSource) -> (String) throws -> Tensor {
        { name in
            guard let key = tensors?[name] else { throw GoldenError("case \(self.name) has no array \(name)") }
            return try source.tensor(named: key).float32()
        }
    }
}
