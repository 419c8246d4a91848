public import Checkpoints
public import Pictures
public import Tensors

/// Small pictures of latents without a network: each cell becomes one pixel by a linear map of its channels.
///
/// Good enough to see where a sampler is heading, at no cost. For more detail decode with a small autoencoder (TAESD).
public enum LatentPreview {
    /// One pixel for each latent cell, 0…1.
    ///
    /// - Parameters:
    ///   - latent: `[batch, channels, height, width]` in the model's scale (as samplers hold it).
    ///   - format: of the latent's family; holds the map.
    /// - Returns: `nil` for latents of another number of channels.
    public static func image(of latent: Tensor, format: LatentFormat) -> Image? {
        let map = format.preview
        let channels = map.factors.count
        guard latent.rank == 4, latent.shape[1] == channels else { return nil }
        let cells = latent.channelsLast()
        let pixels = Tensor(shape: Array(cells.shape.dropLast()) + [3]) { out in
            cells.withFloats { x in
                for pixel in 0..<out.count / 3 {
                    for color in 0..<3 {
                        var value = map.bias[color]
                        for channel in 0..<channels { value += x[pixel * channels + channel] * map.factors[channel][color] }
                        out[pixel * 3 + color] = max(0, min(1, (value + 1) / 2))
                    }
                }
            }
        }
        return Image(pixels)
    }
}
