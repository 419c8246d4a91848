internal import Checkpoints
internal import Diffusion
internal import Pictures
internal import Tensors

/// Makes pictures of the latents of a running sampler: by a small autoencoder where its files are there, else cell by cell.
struct LatentPreviews: Sendable {
    private let family: ModelFamily
    private let tiny: VAE?

    /// Small autoencoders by the family whose latents they know.
    private static func tinyName(_ family: ModelFamily) -> String? {
        switch family {
        case .sdxl, .sdxlRefiner, .ssd1b, .vega, .koala700m, .koala1b: "taesdxl"
        case .sd1, .sd2, .sd2UnclipL, .sd2UnclipH, .lotus: "taesd"
        case .upscalerX4, .svd: nil
        }
    }

    init(family: ModelFamily, services: NodeServices) {
        self.family = family
        // A preview is no reason to fail: without the files, or with damaged ones, cells do.
        tiny = Self.tinyName(family).flatMap { try? VAELoader.tinyVAE($0, in: services) }
    }

    /// The first picture of a batch, 0…1.
    ///
    /// - Parameter latent: in the VAE's scale.
    func picture(of latent: Latent) -> Image? {
        let first = latent.samples.item(0)
        if let tiny, let image = try? tiny.decode(first) { return image }
        return LatentPreview.image(of: first * family.latentScale, family: family)
    }
}
