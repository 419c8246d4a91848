public import Checkpoints
public import Pictures
public import Tensors

/// Small pictures of latents without a network: each cell becomes one pixel by a linear map of its channels.
///
/// Good enough to see where a sampler is heading, at no cost. For more detail decode with a small autoencoder (TAESD).
public enum LatentPreview {
    /// Red, green and blue of each latent channel, and what is added.
    ///
    /// Fitted by the community on decoded latents; the values are those of ComfyUI's `latent_formats.py`.
    private struct LinearMap {
        var factors: [[Float]]
        var bias: [Float] = [0, 0, 0]

        static let sd1 = LinearMap(factors: [
            [0.3512, 0.2297, 0.3227], [0.3250, 0.4974, 0.2350], [-0.2829, 0.1762, 0.2721], [-0.2120, -0.2616, -0.7177],
        ])
        static let sdxl = LinearMap(
            factors: [
                [0.3651, 0.4232, 0.4341], [-0.2533, -0.0042, 0.1068], [0.1076, 0.1111, -0.0362], [-0.3165, -0.2492, -0.2188],
            ], bias: [0.1084, -0.0175, -0.0011])
        static let upscalerX4 = LinearMap(factors: [
            [-0.2340, -0.3863, -0.3257], [0.0994, 0.0885, -0.0908], [-0.2833, -0.2349, -0.3741], [0.2523, -0.0055, -0.1651],
        ])
    }

    /// One pixel for each latent cell, 0…1.
    ///
    /// - Parameters:
    ///   - latent: `[batch, 4, height, width]` in the model's scale (as samplers hold it).
    ///   - family: decides which map.
    /// - Returns: `nil` for latents of another number of channels.
    public static func image(of latent: Tensor, family: ModelFamily) -> Image? {
        guard latent.rank == 4, latent.shape[1] == 4 else { return nil }
        let map: LinearMap
        switch family {
        case .sdxl, .sdxlRefiner, .ssd1b, .vega, .koala700m, .koala1b: map = .sdxl
        case .upscalerX4: map = .upscalerX4
        default: map = .sd1
        }
        let cells = latent.channelsLast()
        let pixels = Tensor(shape: Array(cells.shape.dropLast()) + [3]) { out in
            cells.withFloats { x in
                for pixel in 0..<out.count / 3 {
                    for color in 0..<3 {
                        var value = map.bias[color]
                        for channel in 0..<4 { value += x[pixel * 4 + channel] * map.factors[channel][color] }
                        out[pixel * 3 + color] = max(0, min(1, (value + 1) / 2))
                    }
                }
            }
        }
        return Image(pixels)
    }
}
