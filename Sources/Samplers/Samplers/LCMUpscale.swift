public import Pictures
internal import Tensors

/// Consistency sampling that enlarges the latent over its first steps.
///
/// Source: ComfyUI's SamplerLCMUpscale node.
///
/// - Parameters:
///   - noise: for a shape; drawn once a step with `next > 0`, from the run's own stream.
///   - ratio: of the last size to the first.
///   - scaleSteps: steps that enlarge; -1 for half of them.
func sampleLCMUpscale(
    _ denoise: Denoiser, x: Tensor, sigmas: [Float], noise: ([Int]) -> Tensor, ratio: Double, scaleSteps: Int,
    method: Resampling
) throws -> Tensor {
    let count = sigmas.count - 1
    let sizes = scaleSteps == -1 ? max((count + 1) / 2 + 1, 2) : min(scaleSteps + 1, count + 2)
    let factors = (1..<max(sizes, 1)).map { 1 + (ratio - 1) * Double($0) / Double(sizes - 1) }
    let (height, width) = (x.shape[2], x.shape[3])
    var x = x
    for (step, sigma, next) in steps(sigmas) {
        x = try denoise(x, sigma, step: step)
        if step < factors.count {
            func scaled(_ size: Int) -> Int { max(1, Int((Double(size) * factors[step]).rounded(.toNearestOrEven))) }
            x = try x.resized(width: scaled(width), height: scaled(height), by: method, channels: .first)
        }
        if next > 0 { x = adding(next, noise(x.shape), to: x) }
    }
    return x
}

extension Sampler {
    /// - Parameters:
    ///   - ratio: of the last size to the first.
    ///   - steps: steps that enlarge; -1 for half of them.
    public static func lcmUpscale(ratio: Double, steps: Int, method: Resampling) -> Sampler {
        let settings = [
            Setting("scale_ratio", ratio), Setting("scale_steps", Double(steps)),
            Setting("method", Double(Resampling.allCases.firstIndex(of: method) ?? 0)),
        ]
        return Sampler("lcm_upscale", settings) { input in
            try sampleLCMUpscale(
                input.denoise, x: input.x, sigmas: input.sigmas, noise: input.generator.normal, ratio: ratio, scaleSteps: steps,
                method: method)
        }
    }
}
